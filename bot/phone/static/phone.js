// The phone page: asks for what the phone shows, and posts what is typed. No library.
"use strict";

const $ = (id) => document.getElementById(id);
const NAMES = { sms: "SMS", whatsapp: "WhatsApp", telegram: "Telegram" };
const SHORTEST_MS = 400, LONGEST_MS = 3000;

let shownFor = "";          // channel and address of the bubbles on the screen
let last = "";              // the last answer, to leave the page alone when nothing changed
let timer = 0;
let soonUntil = 0;          // until then we ask often: an answer is on its way
let asking = 0;             // numbers the requests, so that a late answer to an old one is dropped

const channel = () => document.querySelector('input[name="channel"]:checked').value;
const number = () => $("number").value.replace(/[\s()-]/g, "");
const validNumber = () => /^\+[1-9]\d{6,14}$/.test(number());
const address = () => (channel() === "telegram" ? number().slice(1) : number());

// What the phone shows -------------------------------------------------------------------------------------------

async function refresh() {
  clearTimeout(timer);
  if (!validNumber()) return;
  const turn = ++asking;
  const query = new URLSearchParams({ channel: channel(), address: address() });
  try {
    const response = await fetch(`/phone/messages?${query}`);
    if (!response.ok) throw new Error(String(response.status));
    const text = await response.text();
    if (turn !== asking) return;
    if (notice.kind === "lost") say("");
    if (text !== last || shownFor !== String(query)) show(JSON.parse(text), String(query));
    last = text;
  } catch {
    if (turn === asking) say("The connection to Phendula is lost. Trying again…", "lost");
  }
  if (turn === asking) later();
}

function later() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, Date.now() < soonUntil ? SHORTEST_MS : LONGEST_MS);
}

function soon() {
  soonUntil = Date.now() + 20000;
  refresh();
}

function show(phone, who) {
  const box = $("messages");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const list = $("bubbles");
  if (who !== shownFor) list.replaceChildren();
  shownFor = who;
  const there = new Map([...list.children].map((item) => [item.dataset.id, item]));
  let added = false;
  for (const message of phone.messages) {
    const old = there.get(message.id);
    if (old && old.dataset.status === state(message)) continue;
    const item = bubble(message);
    if (old) old.replaceWith(item);
    else { list.append(item); added = true; }
  }
  $("empty").hidden = phone.messages.length > 0;
  $("count").hidden = !(channel() === "sms" && phone.segments);
  $("count").textContent = `${phone.segments} ${phone.segments === 1 ? "segment" : "segments"}`;
  think(phone);
  if (added && (atEnd || list.lastElementChild.classList.contains("me"))) box.scrollTop = box.scrollHeight;
  if (!$("thinking").hidden && atEnd) box.scrollTop = box.scrollHeight;
}

function think(phone) {
  const seconds = phone.waiting_seconds;
  $("thinking").hidden = seconds === null;
  if (seconds !== null) {
    soonUntil = Math.max(soonUntil, Date.now() + (seconds < 90 ? 5000 : 0));
    $("thinking-text").textContent =
      seconds < 8 ? "Answering"
      : seconds < 60 ? `Still working on it, ${seconds} s. The message is stored and will be answered.`
      : "This takes long: the engine may be down. The message is stored and will be answered.";
  }
  if (notice.kind === "lost" || notice.kind === "fault") return;
  if (phone.opted_out) say("This person has opted out: replies are kept and not sent. START brings them back.", "state");
  else if (phone.state === "waiting") say("This person waits for an agent. The assistant goes on answering.", "state");
  else if (phone.state === "agent") say("An agent has taken over: the assistant is silent.", "state");
  else say("");
}

// What of a message can change while it is on the screen.
const state = (message) => [message.status, ...message.files.map((file) => file.kept)].join();

function bubble(message) {
  const item = element("li", `bubble ${message.from}`);
  item.dataset.id = message.id;
  item.dataset.status = state(message);
  if (message.person) item.append(element("p", "person", message.person));
  else item.append(element("span", "unseen", message.from === "me" ? "You wrote:" : "The municipality wrote:"));
  const said = element("p", "said", message.text);
  if (message.kind === "location") {
    said.textContent = `Location ${message.latitude.toFixed(4)}, ${message.longitude.toFixed(4)}${message.text ? "\n" + message.text : ""}`;
    said.classList.add("note");
  } else if (message.kind === "media") {
    said.textContent = message.text;
    if (message.text) said.append("\n");
    for (const file of message.files) said.append(attached(file), " ");
    if (!message.files.length) said.append(message.from === "me" ? "Photo" : "(a file)");
    said.classList.add("note");
  } else if (!message.text) {
    said.textContent = "(an empty message)";
    said.classList.add("note");
  }
  if (said.textContent.length > 900) { said.classList.add("long"); said.tabIndex = 0; }
  item.append(said);
  if (message.buttons.length) {
    const keys = element("div", "keys");
    for (const button of message.buttons) {
      const key = element("button", "", button.title);
      key.type = "button";
      key.addEventListener("click", () => post({ payload: button.payload }));
      keys.append(key);
    }
    item.append(keys);
  }
  item.append(meta(message));
  return item;
}

function attached(file) {
  const words = { picture: "Photo", recording: "Recording", film: "Film", pdf: "PDF" }[file.sort] ?? "File";
  if (!file.kept) return words;
  const link = element("a", "", file.name ?? words);
  link.href = `/phone/files/${file.id}`;
  if (file.sort !== "picture") { link.download = ""; return link; }
  link.target = "_blank";
  const picture = element("img", "");
  picture.src = link.href;
  picture.alt = words;
  picture.height = 120;
  link.replaceChildren(picture);
  return link;
}

function meta(message) {
  const line = element("p", "meta");
  const time = element("time", "", new Date(message.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
  time.dateTime = message.at;
  line.append(time);
  if (message.segments) {
    const costly = message.encoding === "UCS-2" || message.segments > 1;
    const words = message.segments === 1 ? "1 segment" : `${message.segments} segments`;
    line.append(element("span", costly ? "costly" : "", `${words}, ${message.encoding}, ${message.characters} characters`));
  }
  if (message.status === "failed" || message.status === "undelivered") line.append(element("span", "failed", "not delivered"));
  else if (message.from === "us" && (message.status === "stored" || message.status === "sending")) line.append(element("span", "", "sending"));
  return line;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// What is typed --------------------------------------------------------------------------------------------------

const notice = { kind: "" };

function say(text, kind = "") {
  notice.kind = text ? kind : "";
  if ($("notice").textContent !== text) $("notice").textContent = text;
  $("notice").hidden = !text;
  $("notice").classList.toggle("bad", kind === "lost" || kind === "fault");
}

async function post(content) {
  if (!checkNumber()) { $("number").focus(); return false; }
  // The same id on a repetition: the server keeps a message once, however often it comes.
  const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  const body = JSON.stringify({ id, channel: channel(), address: address(), ...content });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const response = await fetch("/phone/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (response.ok) { say(""); soon(); return true; }
      const fault = await response.json().catch(() => ({}));
      if (response.status < 500) { say(`Not taken: ${fault.detail?.field ?? ""} ${fault.detail?.error ?? response.status}`, "fault"); return false; }
    } catch { /* the line broke: once more */ }
    await new Promise((resolve) => setTimeout(resolve, 500 * (attempt + 1)));
  }
  say("The message could not be handed over. Is Phendula running?", "fault");
  return false;
}

$("write").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value;
  $("text").value = "";
  grow();
  if (!(await post({ text })) && !$("text").value) { $("text").value = text; grow(); }
  $("text").focus();
});

$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("write").requestSubmit();
  }
});
$("text").addEventListener("input", grow);

function grow() {
  const field = $("text");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

for (const button of document.querySelectorAll(".tries button")) {
  button.addEventListener("click", () => {
    $("text").value = button.textContent;
    grow();
    $("text").focus();
    if (innerWidth <= 860) $("phone").scrollIntoView({ block: "end" });
  });
}

$("photo").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  const [chosen] = $("file").files;
  if (!chosen) return;
  const reader = new FileReader();
  reader.addEventListener("load", async () => {
    const file = String(reader.result).split(",")[1] ?? "";
    $("file").value = "";
    const done = await post({ kind: "media", text: $("text").value, file, file_name: chosen.name, file_type: chosen.type });
    if (done) { $("text").value = ""; grow(); }
  });
  reader.readAsDataURL(chosen);
});

// Location -------------------------------------------------------------------------------------------------------

$("pin").addEventListener("click", () => {
  $("place-fault").hidden = true;
  $("place").showModal();
});
$("known").addEventListener("change", () => {
  [$("latitude").value, $("longitude").value] = $("known").value.split(",");
});
$("share").addEventListener("click", async () => {
  const latitude = Number($("latitude").value.replace(",", "."));
  const longitude = Number($("longitude").value.replace(",", "."));
  const right = $("latitude").value.trim() && $("longitude").value.trim() && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  $("place-fault").hidden = Boolean(right);
  if (!right) {
    $("place-fault").textContent = "Latitude is between -90 and 90, longitude between -180 and 180, such as -29.34 and 31.29.";
    return;
  }
  $("place").close();
  await post({ kind: "location", latitude, longitude });
});

// Who ------------------------------------------------------------------------------------------------------------

function checkNumber() {
  const right = validNumber();
  $("number").setAttribute("aria-invalid", String(!right));
  $("number-help").classList.toggle("wrong", !right);
  $("number-help").textContent = right
    ? "International form, such as +27820000001. Each number is another person."
    : "Please write the number in international form: + and 7 to 15 digits, such as +27820000001.";
  return right;
}

function change() {
  const name = channel();
  $("phone").dataset.channel = name;
  const right = checkNumber();
  $("bar-sub").textContent = right ? `${NAMES[name]}, ${name === "telegram" ? "chat " + address() : number()}` : NAMES[name];
  // A basic phone has no pin to share.
  $("pin").hidden = name === "sms";
  $("photo").hidden = false;
  try { sessionStorage.setItem("who", JSON.stringify([name, $("number").value])); } catch { /* private window */ }
  last = "";
  if (right) soon();
}

$("another").addEventListener("click", () => {
  $("number").value = "+2782" + String(1000000 + Math.floor(Math.random() * 9000000)).slice(0, 7);
  change();
  $("text").focus();
});
$("who").addEventListener("change", change);
$("who").addEventListener("submit", (event) => { event.preventDefault(); change(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

try {
  const [name, kept] = JSON.parse(sessionStorage.getItem("who") ?? "[]");
  const radio = document.querySelector(`input[name="channel"][value="${CSS.escape(name ?? "")}"]`);
  if (radio) { radio.checked = true; $("number").value = kept; }
} catch { /* nothing kept */ }
change();
