// Makes the pages live. Everything works without it: forms post, pages show what is true when they are loaded.
// One tab of the browser (the one that holds the lock) listens to the log and tells the others.
const channel = new BroadcastChannel("incident");
const state = document.querySelector("[data-live-state]");
let last = null;
let pending = null;
let busy = false;
let again = false;
let owed = false;

const say = (text) => { if (state && state.textContent !== text) state.textContent = text; };

// Re-fetches this page and swaps its live regions, unless somebody is writing in one of them.
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "follow" });
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/sign-in")) { location.assign(answer.url); return; }
    if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"), false);
  } catch { say("reconnecting…"); }
  finally { busy = false; if (again) { again = false; soon(); } }
}

function inUse(region) {
  const focus = document.activeElement;
  return (focus && region.contains(focus) && focus.matches("input:not([type=hidden]), textarea, select")) || region.querySelector("details.menu[open]");
}

function swap(page, all) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
    if (!fresh || (!all && old.dataset.live === "flash") || text(old) === text(fresh)) continue;
    if (!all && inUse(old)) { owed = true; continue; }
    const open = known(old);
    const focus = old.contains(document.activeElement) ? [...old.querySelectorAll("a, button, summary, [tabindex]")].indexOf(document.activeElement) : -1;
    const stick = old.hasAttribute("data-stick") && old.scrollHeight - old.scrollTop - old.clientHeight < 60;
    const top = old.scrollTop;
    const next = document.importNode(fresh, true);
    old.replaceWith(next);
    if (!all) known(next).forEach((d, key) => { if (open.has(key)) d.open = d.id ? open.get(key).open : d.open || open.get(key).open; });
    if (focus >= 0) [...next.querySelectorAll("a, button, summary, [tabindex]")][focus]?.focus({ preventScroll: true });
    if (next.hasAttribute("data-stick")) next.scrollTop = stick ? next.scrollHeight : top;
  }
  ages();
}

// What can be opened, by its id, or else by its place among those without one.
function known(region) {
  let place = 0;
  return new Map([...region.querySelectorAll("details")].map((d) => [d.id || place++, d]));
}

// What changes at each load without meaning anything: form ids and tokens, ages.
function text(node) {
  const copy = node.cloneNode(true);
  copy.querySelectorAll("input[type=hidden]").forEach((field) => field.remove());
  copy.querySelectorAll("time").forEach((time) => { time.textContent = ""; });
  return copy.innerHTML.replace(/(id|for|list)="[^"]*"/g, "");
}

// What was left as it was, because somebody wrote in it, is put in when they are done.
function settle() { if (owed) { owed = false; soon(); } }
document.addEventListener("focusout", settle);

function soon() { if (pending === null) pending = setTimeout(() => { pending = null; refresh(); }, 150); }

function told(message) {
  // What happened after this page was made and before it heard of anything is only in the number.
  const missed = last === null && Number(message.id) > Number(document.body.dataset.position);
  last = message.id;
  say("live");
  if (message.fact || missed) soon();
}
channel.onmessage = (event) => told(event.data);

function listen() {
  const source = new EventSource(last === null ? "/api/v1/stream" : `/api/v1/stream?after=${last}`);
  const pass = (fact) => (event) => { const message = { id: event.lastEventId, fact }; channel.postMessage(message); told(message); };
  source.addEventListener("fact", pass(true));
  source.addEventListener("keep-alive", pass(false));
  source.onerror = () => {
    say("reconnecting…");
    if (source.readyState === EventSource.CLOSED) setTimeout(() => { source.close(); refresh(); listen(); }, 3000);
  };
}
if (navigator.locks) navigator.locks.request("incident-stream", () => new Promise(() => listen()));
else listen();

// Forms go by fetch: the same post, the same redirect, only the changed regions are put in.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-say]")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  event.submitter?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)), redirect: "follow" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (new URL(answer.url).pathname !== location.pathname && !answer.url.endsWith(form.getAttribute("action"))) {
      history.pushState(null, "", answer.url);
      document.title = page.title;
      document.body.replaceWith(document.importNode(page.body, true));
      return location.reload();
    }
    form.closest("details.menu")?.removeAttribute("open");
    const typed = form.querySelector("input[name=text]:not([type=hidden])");
    const key = page.querySelector(".type input[name=key]");
    if (typed) { if (answer.ok) typed.value = ""; if (key) form.querySelector("input[name=key]").value = key.value; }
    swap(page, true);
    if (typed) typed.focus();
  } catch { form.submit(); }
  finally { delete form.dataset.sending; event.submitter?.removeAttribute("aria-busy"); }
});

// One menu at a time; Escape closes it and gives the focus back.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.menu") && event.target.open) {
    document.querySelectorAll("details.menu[open]").forEach((other) => { if (other !== event.target) other.open = false; });
    // The event comes after the opening: whoever is in one of its fields already stays there.
    if (!event.target.contains(document.activeElement) || document.activeElement.matches("summary"))
      event.target.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
  if (event.newState === "closed") settle();
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

// Output of a run: history and what comes are read by the same numbered door. Only a tab that is looked at holds a connection, since
// a browser has few of them; it comes back with the number of the last line.
let output = null;
const list = document.querySelector("[data-output]");
const most = 5000;
function follow() {
  if (!list || output || document.hidden || list.dataset.over) return;
  output = new EventSource(`/api/v1/runs/${list.dataset.output}/output?after=${list.dataset.after}`);
  output.addEventListener("line", (event) => add(JSON.parse(event.data)));
  output.addEventListener("end", () => { list.dataset.over = "1"; leave(); });
  output.onerror = () => { if (output?.readyState === EventSource.CLOSED) { leave(); setTimeout(follow, 3000); } };
}
function leave() { output?.close(); output = null; }
function add(line) {
  if (line.n <= Number(list.dataset.after)) return;
  const stick = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const item = document.createElement("li");
  item.value = line.n;
  item.className = line.stream;
  const step = document.createElement("span");
  step.className = "step";
  step.textContent = line.step + " ";
  const words = document.createElement("span");
  words.className = "text";
  words.textContent = line.text;
  item.append(step, words);
  list.append(item);
  list.dataset.after = line.n;
  while (list.children.length > most) list.firstElementChild.remove();
  if (stick) list.scrollTop = list.scrollHeight;
}
document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else follow(); });
follow();

function ages() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = Math.round((Date.now() - Date.parse(time.dateTime)) / 1000);
    time.textContent = seconds < 0 ? "in " + span(-seconds) : span(seconds) + time.dataset.ago;
  }
}
function span(s) {
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  const [big, small, names] = s < 86400 ? [Math.floor(s / 3600), Math.floor((s % 3600) / 60), ["h", "min"]] : [Math.floor(s / 86400), Math.floor((s % 86400) / 3600), ["d", "h"]];
  return small ? `${big} ${names[0]} ${small} ${names[1]}` : `${big} ${names[0]}`;
}
ages();
setInterval(ages, 1000);
document.querySelectorAll("[data-stick]").forEach((log) => { log.scrollTop = log.scrollHeight; });
