/* A sheet on the telephone: kept as one writes, with pictures and signature, and put in the queue. Where the browser
   cannot keep things, this does nothing and the form is sent as any other. */
import * as store from "./store.js";
import { parse } from "./gs1.js";

const SIDE = 2000;  // longest side of a picture that is kept: enough to read a label
const form = document.querySelector("[data-field-sheet]");
if (form && store.able()) start(store.config());

async function start(config) {
  const { words } = config;
  const id = store.sheetId(config);
  const saved = document.querySelector("[data-field-saved]");
  const line = document.querySelector("[data-field-status]");
  const inputs = () => [...form.elements].filter((one) => one.name && one.type !== "file" && one.type !== "hidden");
  await store.guard(config.owner);

  const network = () => { line.textContent = words.offline; line.hidden = navigator.onLine; };
  addEventListener("online", network);
  addEventListener("offline", network);
  network();

  /* -- what was written before comes back */
  let sheet = await store.get(id);
  if (sheet && sheet.state !== "sent") fill(sheet);
  else {
    fresh();
    sheet = { id, owner: config.owner, task: config.task, kind: config.kind, title: config.title, key: crypto.randomUUID(), state: "draft" };
  }
  if (sheet.problem?.errors) tell(sheet.problem.errors);

  function fill({ values, inspectors }) {
    for (const one of inputs()) {
      if (one.name === "inspectors") one.checked = inspectors.includes(one.value);
      else if (one.type === "checkbox") one.checked = values[one.name] === true;
      else if (values[one.name] !== undefined) one.value = values[one.name];
    }
  }

  /* A page that was kept since yesterday must not say that it is yesterday. Times are Beijing's. */
  function fresh() {
    const now = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 16);
    for (const one of inputs()) if (one.type === "datetime-local" && one.value < now) one.value = now;
  }

  function read() {
    const values = {}, inspectors = [], labels = {};
    for (const one of inputs()) {
      if (one.name === "inspectors") { if (one.checked) inspectors.push(one.value); continue; }
      values[one.name] = one.type === "checkbox" ? one.checked : one.value;
      labels[one.name] = one.labels?.[0]?.textContent.trim() ?? one.name;
    }
    return { values, inspectors, labels };
  }

  /* One write after another: the newest content is written last. */
  let writing = Promise.resolve();
  const keep = (more = {}) => {
    writing = writing.then(async () => {
      sheet = { ...sheet, ...read(), ...more };
      await store.put(sheet);
      saved.textContent = words.saved;
    }).catch((error) => { saved.textContent = error?.name === "QuotaExceededError" ? words.full : String(error); });
    return writing;
  };
  /* Pictures and the signature are under way for a moment; sending waits for them. */
  let pending = Promise.resolve();
  const later = (work) => { saved.textContent = ""; pending = pending.then(work).catch(() => { saved.textContent = words.noPicture; }); };
  let timer;
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    saved.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(() => keep(sheet.state === "waiting" ? { state: "draft" } : {}), 250);
  });

  /* -- pictures */
  const lists = {};
  for (const input of form.querySelectorAll("input[type=file][data-kind]")) {
    const list = document.createElement("ul");
    list.className = "thumbs";
    input.after(list);
    lists[input.dataset.kind] = list;
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = "";
      later(async () => { for (const file of files) await take(file, input.dataset.kind); await keep(); });
    });
  }
  async function take(file, kind) {
    const blob = await smaller(file);
    const photo = {
      key: crypto.randomUUID(), sheet: id, kind, blob, sha256: await store.sha256(blob),
      name: `${file.name.replace(/\.\w+$/, "")}.jpg`.slice(-150), taken_at: new Date(file.lastModified).toISOString(),
    };
    await store.putPhoto(photo);
    picture(photo);
  }
  function picture(photo) {
    const li = document.createElement("li");
    const img = Object.assign(document.createElement("img"), { src: URL.createObjectURL(photo.blob), alt: `${words[`photo_${photo.kind}`]} ${photo.name}` });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: words.remove });
    remove.addEventListener("click", async () => { await store.dropPhoto(photo.key); li.remove(); await keep(); });
    li.append(img, remove);
    lists[photo.kind]?.append(li);
  }
  async function smaller(file) {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
  }
  for (const photo of await store.photos(id)) if (photo.kind !== "signature") picture(photo);

  /* -- the signature */
  const pad = form.querySelector("[data-signature]");
  if (pad) await signing(pad);
  async function signing(area) {
    const canvas = area.querySelector("canvas");
    const pen = canvas.getContext("2d");
    const file = form.elements.signature;
    file.hidden = true;
    area.hidden = false;
    const blank = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); };
    const clear = async () => {
      blank();
      for (const photo of await store.photos(id)) if (photo.kind === "signature") await store.dropPhoto(photo.key);
    };
    blank();
    const before = (await store.photos(id)).find((photo) => photo.kind === "signature");
    if (before) pen.drawImage(await createImageBitmap(before.blob), 0, 0);
    Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    let drawing = false;
    canvas.addEventListener("pointerdown", (event) => { drawing = true; canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event)); event.preventDefault(); });
    canvas.addEventListener("pointermove", (event) => { if (drawing) { pen.lineTo(...at(event)); pen.stroke(); } });
    canvas.addEventListener("pointerup", () => {
      if (!drawing) return;
      drawing = false;
      later(signed);
    });
    async function signed() {
      const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
      for (const photo of await store.photos(id)) if (photo.kind === "signature") await store.dropPhoto(photo.key);
      await store.putPhoto({ key: crypto.randomUUID(), sheet: id, kind: "signature", blob, sha256: await store.sha256(blob), name: "signature.png", taken_at: new Date().toISOString() });
      await keep();
    }
    area.querySelector("[data-signature-clear]").addEventListener("click", () => later(async () => { await clear(); await keep(); }));
  }

  /* -- the code */
  const code = form.elements.code;
  const told = document.querySelector("[data-code-told]");
  if (code) scanning();
  function scanning() {
    const tools = form.querySelector("[data-scan]");
    const live = tools.querySelector("[data-scan-live]");
    const view = form.querySelector("[data-scan-view]");
    tools.hidden = false;
    code.addEventListener("change", () => look(code.value));
    tools.querySelector("[data-scan-photo]").addEventListener("change", async (event) => {
      const body = new FormData();
      body.append("file", event.target.files[0]);
      event.target.value = "";
      const answer = await ask("scan", { method: "POST", body });
      if (answer?.items) use(answer.items[0]); else told.textContent = answer?.title ?? words.noCode;
    });
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
    live.hidden = false;
    let stream;
    const stop = () => { stream?.getTracks().forEach((track) => track.stop()); stream = undefined; view.hidden = true; live.lastChild.textContent = words.scan; };
    live.addEventListener("click", async () => {
      if (stream) { stop(); return; }
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        told.textContent = words.noCode;
        return;
      }
      view.srcObject = stream;
      view.hidden = false;
      live.lastChild.textContent = words.stop;
      await view.play();
      const detector = new window.BarcodeDetector();
      while (stream) {
        const [found] = await detector.detect(view).catch(() => []);
        if (found?.rawValue) { stop(); code.value = found.rawValue; look(found.rawValue); await keep(); break; }
        await new Promise((resolve) => { setTimeout(resolve, 200); });
      }
    });
  }
  async function ask(where, options = {}) {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
    return fetch(config.api + where, { credentials: "same-origin", headers: { "X-CSRFToken": token, Accept: "application/json" }, ...options })
      .then((answer) => answer.json()).catch(() => null);
  }
  async function look(text) {
    if (!text.trim()) return;
    const read = parse(text);
    told.textContent = read.broken ? words.badCode : "";
    taken("batch", read.lot);
    if (navigator.onLine) {
      const answer = await ask(`code?text=${encodeURIComponent(text.slice(0, 500))}`);
      if (answer?.kind) use(answer, text);
    }
    await keep();
  }
  function use(found, text = found.code) {
    code.value = text;
    taken("batch", found.lot);
    const known = found.product;
    told.textContent = found.fault ? words.badCode : known ? `${words.known}：${known.name}` : found.gtin ? words.unknown : "";
    if (known) form.elements.product.value = known.name;
    for (const name of ["spec", "producer_name", "producer_uscc", "producer_address"]) taken(name, known?.[name]);
    keep();
  }
  /* What the code says goes where nothing stands, or what the code before it said: never over what somebody wrote. */
  function taken(name, value = "") {
    const control = form.elements[name];
    if (control.value && control.value !== sheet.byCode?.[name]) return;
    control.value = value;
    sheet = { ...sheet, byCode: { ...sheet.byCode, [name]: value } };
  }

  /* -- sending */
  async function faults() {
    await pending;
    const { values, inspectors } = read();
    const kinds = new Set((await store.photos(id)).map((photo) => photo.kind));
    const wrong = {};
    const need = (names, why = words.required) => names.forEach((name) => { if (name in values && !values[name]) wrong[name] ??= why; });
    if (config.kind === "refusal") {
      need(["kind", "how", "happened_at"]);
      if (values.kind === "price") need(["asked_price", "marked_price"], words.prices);
    } else if (config.kind === "none") {
      need(["ground", "what", "happened_at"]);
    } else {
      need(["uscc", "product", "stage", "base_quantity", "quantity", "seal_sample", "taken_at"]);
      if (values.uscc.trim().toUpperCase() !== form.dataset.uscc) need(["organisation_why"], words.organisation);
      if (form.dataset.domain === "product") {
        need(["may_sample"], words.mustNot);
        if (!values.price) need(["free_why"], words.bought);
      }
      if (values.spare_quantity) need(["seal_spare"], words.seal); else need(["no_spare_why"], words.spare);
      const online = values.stage === "online";
      if (online) {
        need(["platform", "page", "order_no", "buyer", "account", "payment", "delivery"], words.onlineNeeds);
        for (const kind of ["page", "unpacking"]) if (!kinds.has(kind)) wrong[`photo_${kind}`] = words.onlineNeeds;
      } else if (inspectors.length + (values.another ? 1 : 0) < 2) wrong.inspectors = words.two;
      if (values.signature_refused) need(["refused_why"], words.refusedWhy);
      else if (!online) {
        need(["signer"]);
        if (!kinds.has("signature")) wrong.signature = words.signature;
      }
    }
    return wrong;
  }
  function tell(wrong) {
    const area = document.querySelector("[data-field-errors]");
    area.querySelector("ul").replaceChildren(...Object.entries(wrong).map(([name, why]) => {
      const li = document.createElement("li");
      const control = form.elements[name];
      const target = control instanceof RadioNodeList ? control[0] : control;
      const label = target?.closest("fieldset, .field")?.querySelector("legend, label")?.textContent.trim() ?? name;
      li.append(Object.assign(document.createElement("a"), { href: `#${target?.id ?? ""}`, textContent: `${label} · ${why}` }));
      return li;
    }));
    area.hidden = !Object.keys(wrong).length;
    if (!area.hidden) { form.querySelector("details")?.toggleAttribute("open", true); area.focus(); area.scrollIntoView(); }
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const wrong = await faults();
    tell(wrong);
    if (Object.keys(wrong).length) { await keep(); return; }
    await keep({ state: "waiting", problem: undefined, note: undefined });
    location.assign(config.list);
  });
  document.documentElement.dataset.fieldSheet = "ready";
}
