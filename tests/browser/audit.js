/* Our own accessibility pass: answers a list of what is wrong with the page that is open. */
() => {
  const wrong = [];
  const say = (what, element) => wrong.push(element ? `${what}: ${element.outerHTML.slice(0, 140)}` : what);
  const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true, contentVisibilityAuto: true });
  const text = (id) => document.getElementById(id)?.textContent?.trim() ?? "";
  const name = (e) =>
    (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean).map(text).join(" ") ||
    e.getAttribute("aria-label")?.trim() ||
    [...(e.labels ?? [])].map((l) => l.textContent.trim()).join(" ") ||
    e.getAttribute("alt") || e.textContent?.trim() || e.querySelector("svg[aria-label]")?.getAttribute("aria-label") ||
    e.getAttribute("title") || (e.type === "submit" ? e.value : "") || "";

  // the page as a whole
  if (!document.documentElement.lang) say("no language");
  if (!document.title.replace(/[·\s]/g, "")) say("no title");
  const headings = [...document.querySelectorAll("h1")].filter(visible);
  if (headings.length !== 1) say(`${headings.length} first headings`);
  headings.forEach((h) => { if (!h.textContent.trim()) say("empty first heading", h); });
  if (document.querySelectorAll("main").length !== 1) say("not exactly one main");
  if (!document.querySelector("header")) say("no header");
  let level = 0;
  document.querySelectorAll("h1, h2, h3, h4, h5").forEach((h) => {
    if (!visible(h)) return;
    const own = Number(h.tagName[1]);
    if (own > level + 1 && level) say(`heading jumps from ${level} to ${own}`, h);
    level = own;
  });
  const navs = [...document.querySelectorAll("nav")].filter(visible);
  if (navs.length > 1) navs.forEach((n) => { if (!name_of_landmark(n)) say("one of several navigations without a name", n); });
  function name_of_landmark(n) { return n.getAttribute("aria-label") || n.getAttribute("aria-labelledby"); }
  const seen = new Set();
  document.querySelectorAll("[id]").forEach((e) => { if (seen.has(e.id)) say("id twice", e); seen.add(e.id); });
  document.querySelectorAll("[aria-labelledby], [aria-describedby], [aria-controls]").forEach((e) => {
    for (const key of ["aria-labelledby", "aria-describedby", "aria-controls"])
      (e.getAttribute(key) ?? "").split(/\s+/).filter(Boolean).forEach((id) => { if (!document.getElementById(id)) say(`${key} names nothing`, e); });
  });

  // names and roles
  document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea, [role=button], [tabindex='0']").forEach((e) => {
    if (visible(e) && !name(e)) say("control without a name", e);
  });
  document.querySelectorAll("input:not([type=hidden], [type=submit]), select, textarea").forEach((e) => {
    if (visible(e) && !e.labels?.length && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")) say("field without a label", e);
  });
  document.querySelectorAll("img").forEach((e) => { if (!e.hasAttribute("alt")) say("picture without alternative", e); });
  document.querySelectorAll("svg").forEach((e) => {
    if (e.closest("svg") !== e || e.closest("[aria-hidden=true]")) return;
    if (!e.getAttribute("role") || !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.querySelector("title"))) say("drawing that is neither hidden nor named", e);
  });
  document.querySelectorAll("table").forEach((e) => { if (visible(e) && !e.querySelector("th")) say("table without heads", e); });
  document.querySelectorAll("[tabindex]").forEach((e) => { if (e.tabIndex > 0) say("tabindex above 0", e); });
  document.querySelectorAll("a[href], button, select, summary, input:not([type=hidden])").forEach((e) => {
    if (!visible(e) || getComputedStyle(e).display === "inline" || e.closest("svg")) return;
    const box = e.getBoundingClientRect();
    if ((box.height < 24 || box.width < 24) && !["checkbox", "radio"].includes(e.type)) say(`target ${Math.round(box.width)}×${Math.round(box.height)}`, e);
  });

  // nothing wider than the screen
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) {
    const widest = [...document.body.querySelectorAll("*")].filter((e) => visible(e) && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
    say(`${wide} px wider than the screen`, widest.at(-1));
  }

  // contrast of text with what is behind it
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const cache = new Map();
  const rgba = (css) => {
    if (!cache.has(css)) {
      canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = "#000"; canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      cache.set(css, [r, g, b, a / 255]);
    }
    return cache.get(css);
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3]) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const done = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || done.has(e) || !visible(e) || e.closest("script, style, title, desc, noscript, option, .sr, .skip")) continue;
    done.add(e);
    const style = getComputedStyle(e);
    let background = behind(e);
    let colour = style.color;
    const drawing = e.closest("svg");
    if (drawing) {
      colour = style.fill;
      const shape = e.parentElement.querySelector("rect");
      if (shape && getComputedStyle(shape).fill !== "none") background = over(rgba(getComputedStyle(shape).fill), background);
    }
    const ink = over(rgba(colour), background);
    const [a, b] = [light(ink), light(background)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (e.closest(":disabled, [aria-disabled=true]")) continue;
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)} of ${colour} on rgb(${background.map(Math.round)})`, e);
  }
  return [...new Set(wrong)];
}
