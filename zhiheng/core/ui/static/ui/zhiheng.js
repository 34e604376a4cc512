/* Small comforts. Every page works without this file. */
"use strict";

/* Tables: j/k move, Enter opens, x ticks, / searches. Not while typing, not with modifier keys. */
document.querySelectorAll("[data-keys]").forEach((hint) => { hint.hidden = false; });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const form = event.target.closest("[data-table]") || document.querySelector("[data-table]");
  if (!form) return;
  if (event.key === "/") {
    const search = form.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
    return;
  }
  const rows = [...form.querySelectorAll("[data-row]")];
  const at = rows.findIndex((row) => row.hasAttribute("data-at"));
  if (event.key === "j" || event.key === "k") {
    if (!rows.length) return;
    const to = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
    if (at >= 0) rows[at].removeAttribute("data-at");
    to.setAttribute("data-at", "");
    (to.querySelector("a") || to.querySelector("input"))?.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest" });
    event.preventDefault();
  } else if (event.key === "x" && at >= 0) {
    const box = rows[at].querySelector("input[type=checkbox]");
    if (box) { box.checked = !box.checked; event.preventDefault(); }
  } else if (event.key === "Enter" && at >= 0 && !event.target.closest("a, button, summary")) {
    rows[at].querySelector("a")?.click();
  }
});

/* Menus close when one goes elsewhere. */
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

/* <label data-drop> with a file input inside: files may be dropped on it, and their names are shown. */
document.querySelectorAll("[data-drop]").forEach((area) => {
  const input = area.querySelector("input[type=file]");
  if (!input) return;
  const names = document.createElement("output");
  area.append(names);
  const show = () => { names.textContent = [...input.files].map((file) => file.name).join("，"); };
  input.addEventListener("change", () => {
    show();
    if (input.files.length && area.hasAttribute("data-submit")) input.form.requestSubmit();
  });
  for (const kind of ["dragenter", "dragover"]) area.addEventListener(kind, (event) => { event.preventDefault(); area.setAttribute("data-over", ""); });
  for (const kind of ["dragleave", "drop"]) area.addEventListener(kind, () => area.removeAttribute("data-over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
});

/* form[data-fragment]: what stands behind the # of the address goes into its hidden field, and it is sent; the address
   forgets it. Browsers do not send a fragment to servers, so a secret there reaches no log. */
document.querySelectorAll("form[data-fragment]").forEach((form) => {
  const given = decodeURIComponent(location.hash.slice(1));
  if (!given) return;
  history.replaceState(null, "", location.pathname);
  form.querySelector("input[name=secret]").value = given;
  form.submit();
});

/* <button data-copy="#id"> copies that element's text. */
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.querySelector(button.dataset.copy);
    await navigator.clipboard.writeText((from.value ?? from.textContent).trim());
    button.setAttribute("data-copied", "");
    setTimeout(() => button.removeAttribute("data-copied"), 2000);
  });
});

/* data-print prints; such buttons are hidden until they can. */
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

/* Light or dark, kept in a cookie so that the server can say it in the page. */
document.querySelectorAll("[data-theme-switch]").forEach((place) => { place.hidden = false; });
document.querySelectorAll("[data-theme-to]").forEach((button) => {
  button.addEventListener("click", () => {
    const to = button.dataset.themeTo;
    document.cookie = `theme=${to}; path=/; max-age=${to ? 31536000 : 0}; samesite=lax`;
    if (to) document.documentElement.dataset.theme = to; else delete document.documentElement.dataset.theme;
  });
});

/* select[data-submit]: a select that submits its form when changed. */
document.querySelectorAll("select[data-submit]").forEach((select) => {
  select.addEventListener("change", () => select.form.requestSubmit());
});

/* [data-print]: print this page. */
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

/* [data-shortcut]: the digits 1 to 9 open the steps in their order; not while somebody writes. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const step = /^[1-9]$/.test(event.key) && document.querySelectorAll("[data-shortcut]")[event.key - 1];
  if (step) step.click();
});

/* form[data-ticked=NAME]: the ticked rows of the table above go with it. */
document.querySelectorAll("form[data-ticked]").forEach((form) => {
  form.addEventListener("submit", () => {
    form.querySelectorAll("input[data-copy-of-tick]").forEach((old) => old.remove());
    document.querySelectorAll(`input[name="${form.dataset.ticked}"]:checked`).forEach((tick) => {
      const copy = Object.assign(document.createElement("input"), { type: "hidden", name: tick.name, value: tick.value });
      copy.dataset.copyOfTick = "";
      form.append(copy);
    });
  });
});

/* form[data-sign-out]: what pages kept on this device for use without a network goes with the one who signs out. Where
   something was not sent yet (localStorage "unsent"), the form's words ask first. */
document.querySelectorAll("form[data-sign-out]").forEach((form) => {
  form.addEventListener("submit", async (event) => {
    if (!window.isSecureContext) return;
    event.preventDefault();
    if (localStorage.getItem("unsent") && !confirm(form.dataset.signOut)) return;
    localStorage.clear();
    for (const name of await caches.keys()) await caches.delete(name);
    for (const { name } of (await indexedDB.databases?.()) ?? []) indexedDB.deleteDatabase(name);
    form.submit();
  });
});
