// The watcher chooses whether to give his position: one press, and he sees what will be sent.
for (const button of document.querySelectorAll("[data-locate]")) {
  if (!navigator.geolocation) continue;
  button.hidden = false;
  button.addEventListener("click", () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.getElementById("id_latitude").value = coords.latitude.toFixed(5);
        document.getElementById("id_longitude").value = coords.longitude.toFixed(5);
      },
      () => document.getElementById("id_latitude").focus(),
    ),
  );
}
