// Runs before the first paint, so that a chosen theme never flashes the other one. A file, because the page's
// content security policy allows no inline script.
const chosen = localStorage.getItem("pawl.theme");
const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.theme = dark ? "dark" : "light";
