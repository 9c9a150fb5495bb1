"use strict";
// A word lights what follows it, an element the words it follows; by mouse and by keyboard.
const words = [...document.querySelectorAll("[data-follow]")];
const following = new Map();
for (const word of words) {
  for (const key of word.dataset.follow.split(" ").filter(Boolean)) {
    if (!following.has(key)) following.set(key, []);
    following.get(key).push(word);
  }
}
const dark = () => document.querySelectorAll(".lit").forEach((one) => one.classList.remove("lit"));
const light = (event) => {
  const word = event.target.closest("[data-follow]");
  const row = event.target.closest("tr[id]");
  if (!word && !row) return;
  dark();
  const lit = word
    ? [word, ...word.dataset.follow.split(" ").filter(Boolean).map((key) => document.getElementById(key))]
    : [row, ...(following.get(row.id) ?? [])];
  lit.forEach((one) => one.classList.add("lit"));
  const other = lit[1];
  if (other && event.type !== "mouseover") other.scrollIntoView({ block: "center" });
};
for (const kind of ["mouseover", "focusin", "click"]) document.addEventListener(kind, light);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") dark(); });
