/* The list of tasks: what this telephone keeps, and sending it whenever there is a network. */
import * as store from "./store.js";
import { flush, status } from "./send.js";

const PATH = { sample: "", refusal: "refusal/", none: "none/" };

if (store.able()) start(store.config());

async function start(config) {
  const { words } = config;
  const area = document.querySelector("[data-field-queue]");
  const line = document.querySelector("[data-field-status]");
  let ready = "";

  const show = async () => {
    const rows = (await store.all()).sort((a, b) => b.at - a.at);
    const mine = rows.filter((row) => row.owner === config.owner);
    const others = rows.some((row) => row.owner !== config.owner && row.state !== "sent");
    const items = await Promise.all(mine.map((row) => item(row)));
    area.querySelector("ul").replaceChildren(...items);
    area.hidden = !items.length;
    const done = new Set(mine.filter((row) => row.state === "sent" || row.state === "waiting").map((row) => row.task));
    for (const task of document.querySelectorAll("[data-task]")) task.hidden = done.has(task.dataset.task);
    const said = [];
    if (!navigator.onLine || !status.network) said.push(words.offline);
    if (status.signIn) said.push(words.signIn);
    if (others) said.push(words.other);
    if (!said.length && ready) said.push(ready);
    line.replaceChildren(document.createTextNode(said.join(" ")));
    if (status.signIn) line.append(" ", Object.assign(document.createElement("a"), { href: config.signIn, textContent: words.signInLink }));
    line.hidden = !said.length;
    line.className = `notice ${status.signIn || others ? "warn" : ""}`;
  };

  const item = async (row) => {
    const li = document.createElement("li");
    li.dataset.state = row.state;
    const p = document.createElement("p");
    const badge = document.createElement("span");
    badge.className = `badge ${{ sent: "ok", refused: "bad", waiting: "warn" }[row.state] ?? "muted"}`;
    badge.textContent = words[row.state];
    p.append(badge, ` ${row.title}`);
    if (row.number) p.append(` · ${words.number} ${row.number}`);
    li.append(p);
    if (row.state === "waiting") {
      const left = (await store.photos(row.id)).length;
      const notes = [left ? `${left} ${words.photosLeft}` : "", row.note === "later" ? words.retry : ""].filter(Boolean);
      if (notes.length) li.append(small(notes.join(" · ")));
    }
    if (row.problem) {
      const ul = document.createElement("ul");
      const texts = row.problem.errors ? Object.entries(row.problem.errors).map(([name, why]) => `${row.labels?.[name] ?? name}：${why}`) : [row.problem.title];
      [...texts, row.problem.remedy].filter(Boolean).forEach((text) => {
        ul.append(Object.assign(document.createElement("li"), { textContent: text }));
      });
      li.append(ul);
    }
    if (row.state !== "sent") {
      const actions = document.createElement("p");
      actions.className = "actions";
      actions.append(Object.assign(document.createElement("a"), {
        className: "button secondary", href: `${config.list}${row.task}/${PATH[row.kind]}`,
        textContent: row.state === "refused" ? words.edit : words.open,
      }));
      actions.append(button(words.remove, async () => {
        if (confirm(words.removeSure)) { await store.drop(row.id); await show(); }
      }));
      li.append(actions);
    }
    return li;
  };
  const small = (text) => Object.assign(document.createElement("p"), { className: "muted small", textContent: text });
  const button = (text, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: text });
    made.addEventListener("click", act);
    return made;
  };
  const send = () => flush(config, show).catch(show);

  await store.guard(config.owner);
  await show();
  addEventListener("online", send);
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") send(); });
  setInterval(send, 30_000);
  send();

  /* The pages of the tasks are fetched now, to be there without a network. */
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(config.worker, { scope: config.list, updateViaCache: "none" });
    const registration = await navigator.serviceWorker.ready;
    navigator.serviceWorker.addEventListener("message", (event) => {
      if (event.data.ready === undefined) return;
      ready = words.ready;
      document.documentElement.dataset.fieldReady = event.data.ready;
      show();
    });
    registration.active.postMessage({ pages: [config.list, ...config.pages] });
  } catch {  // no worker without a network at the first visit; the queue works all the same
    return;
  }
}
