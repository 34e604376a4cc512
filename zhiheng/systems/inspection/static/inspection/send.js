/* Sending what waits: the sheet, then its pictures one by one. The key makes sending again harmless, so whatever is
   not known to have arrived is sent again. One tab sends at a time. */
import * as store from "./store.js";

const WHERE = { sample: "samples", refusal: "refusals", none: "no-samples" };
const LATER = new Set([408, 425, 429]);
export const status = { signIn: false, network: true };

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
const headers = () => ({ "X-CSRFToken": token(), Accept: "application/json" });

async function post(url, options) {
  const answer = await fetch(url, { method: "POST", credentials: "same-origin", redirect: "manual", ...options });
  const body = await answer.json().catch(() => ({}));
  return { code: answer.status, body, type: answer.type };
}

/* What an answer means: ok, sign in again, try later, or no. */
function verdict({ code, body, type }) {
  if (code === 200 || code === 201) return "ok";
  if (type === "opaqueredirect" || code === 401) return "signIn";
  if (code === 403 && ["csrf_failed", "second_factor_required"].includes(body.code)) return "signIn";
  return code >= 500 || LATER.has(code) ? "later" : "no";
}

async function one(config, sheet) {
  const photos = await store.photos(sheet.id);
  const body = {
    key: sheet.key, task: sheet.task, values: sheet.values,
    ...(sheet.kind === "sample" ? { inspectors: sheet.inspectors } : {}),
    ...(sheet.kind === "none" ? {} : {
      photos: photos.map(({ key, kind, sha256, name, taken_at }) => ({ key, kind, sha256, name, taken_at })),
    }),
  };
  let answer = await post(config.api + WHERE[sheet.kind], {
    headers: { ...headers(), "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  let said = verdict(answer);
  const kept = answer.body;
  if (said === "ok") {
    for (const photo of photos) {
      if (kept.photos?.[photo.key]) continue;
      const form = new FormData();
      form.append("file", photo.blob, photo.name);
      answer = await post(`${config.api}photos/${photo.key}`, { headers: headers(), body: form });
      said = verdict(answer);
      if (said !== "ok") break;
    }
  }
  if (said === "ok") return store.finish(sheet, kept.number);
  if (said === "no") {
    const { code, title, remedy, errors, number } = answer.body;
    return store.put({ ...sheet, state: "refused", problem: { code, title, remedy, errors, number } });
  }
  status.signIn ||= said === "signIn";
  return store.put({ ...sheet, note: said });
}

/* Everything of this owner that waits. `told` is called after each. */
export async function flush(config, told = () => {}) {
  const work = async () => {
    status.signIn = false;
    for (const sheet of await store.all()) {
      if (sheet.owner !== config.owner || sheet.state !== "waiting") continue;
      try {
        await one(config, sheet);
        status.network = true;
      } catch {  // fetch gives no answer where there is no network
        status.network = false;
      }
      await told();
      if (status.signIn || !status.network) break;
    }
    await told();
  };
  return navigator.locks ? navigator.locks.request("field-send", work) : work();
}
