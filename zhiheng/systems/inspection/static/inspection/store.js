/* What the telephone keeps until the server has it: sheets and pictures, in IndexedDB, each with its owner. */
const NAME = "field";
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("sheets", { keyPath: "id" });
      db.createObjectStore("photos", { keyPath: "key" }).createIndex("sheet", "sheet");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => { request.result.close(); opened = undefined; };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/* One transaction: `work` gets the stores by name and gives requests; the last one's result comes back when all is written. */
async function within(names, mode, work) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, mode);
    const last = work(...names.map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => { changed(mode); resolve(last?.result); };
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/* Every page counts what is not sent yet: who signs out is asked first (ui/zhiheng.js). */
async function changed(mode) {
  if (mode !== "readwrite") return;
  const rows = await all();
  const unsent = rows.filter((row) => row.state !== "sent").length;
  if (unsent) localStorage.setItem("unsent", unsent); else localStorage.removeItem("unsent");
}

export const sheetId = (config) => `${config.owner}:${config.task}:${config.kind}`;
export const all = () => within(["sheets"], "readonly", (sheets) => sheets.getAll());
export const get = (id) => within(["sheets"], "readonly", (sheets) => sheets.get(id));
export const put = (sheet) => within(["sheets"], "readwrite", (sheets) => sheets.put({ ...sheet, at: Date.now() }));
export const photos = (id) => within(["photos"], "readonly", (store) => store.index("sheet").getAll(id));
export const putPhoto = (photo) => within(["photos"], "readwrite", (store) => store.put(photo));
export const dropPhoto = (key) => within(["photos"], "readwrite", (store) => store.delete(key));

export async function drop(id) {
  const keys = (await photos(id)).map((photo) => photo.key);
  return within(["sheets", "photos"], "readwrite", (sheets, store) => {
    keys.forEach((key) => store.delete(key));
    return sheets.delete(id);
  });
}

/* What was sent needs no copy here: its number is kept, its content is not. */
export async function finish(sheet, number) {
  const keys = (await photos(sheet.id)).map((photo) => photo.key);
  return within(["sheets", "photos"], "readwrite", (sheets, store) => {
    keys.forEach((key) => store.delete(key));
    const { id, owner, task, kind, key, title } = sheet;
    return sheets.put({ id, owner, task, kind, key, title, number, state: "sent", at: Date.now() });
  });
}

/* Somebody else signed in on this telephone: what was cached for the one before goes. What that one has not sent stays,
   unseen, since it may be the only record there is. */
export async function guard(owner) {
  const before = localStorage.getItem("field-owner");
  localStorage.setItem("field-owner", owner);
  if (before === null || before === String(owner)) return;
  for (const name of await caches.keys()) {
    if (!name.startsWith("field-")) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (!new URL(request.url).pathname.startsWith("/static/")) await cache.delete(request);
    }
  }
  for (const row of await all()) if (row.owner !== owner && row.state === "sent") await drop(row.id);
}

export const able = () => window.isSecureContext && "indexedDB" in window && "caches" in window && !!crypto.subtle;
export const config = () => JSON.parse(document.getElementById("field-config").textContent);

export async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
