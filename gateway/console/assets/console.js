"use strict";
// Printing by a button, where there is a script; without one the browser's own menu prints.
const offer = () => document.querySelectorAll("[data-print]").forEach((one) => { one.hidden = false; });
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
document.addEventListener("htmx:afterSwap", offer);
// Where the line broke, the browser sends the form itself: it says so, and no former verdict stays under a new question.
document.addEventListener("htmx:sendError", (event) => event.target.closest("form")?.submit());
document.addEventListener("DOMContentLoaded", offer);
