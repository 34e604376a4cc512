/* The explorer goes on without loading whole pages: links and forms marked data-swap replace #explorer only.
   Without this file they are plain links and forms. */
"use strict";
(() => {
  const swap = async (url, push) => {
    const at = document.querySelector("#explorer");
    if (!at || !window.htmx) { location.assign(url); return; }
    const scrolled = at.querySelector(".chain-scroll")?.scrollLeft ?? 0;
    at.setAttribute("aria-busy", "true");
    await window.htmx.ajax("GET", url, { target: "#explorer", select: "#explorer", swap: "outerHTML show:none" });
    if (push) history.pushState({ explorer: true }, "", url);
    const picture = document.querySelector(".chain-scroll");
    if (picture) picture.scrollLeft = scrolled;
    ready();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const url = link.getAttribute("href");
    const to = new URL(url, location.href);
    if (to.searchParams.get("code") !== new URL(location.href).searchParams.get("code")) return;
    event.preventDefault();
    swap(to.pathname + to.search, true);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-swap]");
    if (!form) return;
    event.preventDefault();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    swap(`${form.getAttribute("action")}?${query}`, true);
  });
  window.addEventListener("popstate", () => location.reload());
  const ready = () => {
    const box = document.querySelector("[data-slider]");
    if (!box) return;
    box.hidden = false;
    const range = box.querySelector("input");
    const stops = [...box.querySelectorAll("option")];
    const show = () => {
      const stop = stops[Number(range.value)];
      box.querySelector("output").textContent = stop.label;
      range.setAttribute("aria-valuetext", stop.label);
      box.closest("form").querySelector("#at").value = stop.dataset.at;
    };
    range.addEventListener("input", show);
    range.addEventListener("change", () => { show(); box.closest("form").requestSubmit(); });
  };
  ready();
})();
