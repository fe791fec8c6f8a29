// Builds web/assets/dist/: every file carries its content's hash in its name, and manifest.json maps the plain
// name to it, so that a browser may keep a file for a year and still sees a change at once.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sprite } from "./scripts/sprite.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const dist = join(here, "dist");
// Built aside and moved into place at the end: a running server never sees half a build, and two builds at a time
// do not meet.
const next = mkdtempSync(join(modules, ".needlewise-build-"));
const manifest = {};

/** Writes one file under its hashed name and notes it in the manifest. */
function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const ending = extname(name);
  const hashed = `${name.slice(0, -ending.length)}.${hash}${ending}`;
  writeFileSync(join(next, hashed), content);
  manifest[name] = hashed;
  return hashed;
}

function stylesheet() {
  const scratch = mkdtempSync(join(tmpdir(), "needlewise-css-"));
  try {
    const out = join(scratch, "app.css");
    const cli = join(modules, "@tailwindcss", "cli", "dist", "index.mjs");
    const run = spawnSync(process.execPath, [cli, "--input", join(here, "src", "app.css"), "--output", out, "--minify"], {
      cwd: here,
      stdio: ["ignore", "inherit", "pipe"],
      encoding: "utf8",
    });
    if (run.status !== 0 || !existsSync(out)) {
      throw new Error(`Tailwind failed:\n${run.stderr}`);
    }
    return readFileSync(out, "utf8");
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

chmodSync(next, 0o755);

const fonts = [
  ["fraunces-latin.woff2", "fraunces/files/fraunces-latin-opsz-normal.woff2"],
  ["fraunces-latin-ext.woff2", "fraunces/files/fraunces-latin-ext-opsz-normal.woff2"],
  ["figtree-latin.woff2", "figtree/files/figtree-latin-wght-normal.woff2"],
  ["figtree-latin-ext.woff2", "figtree/files/figtree-latin-ext-wght-normal.woff2"],
];
let css = stylesheet();
for (const [name, from] of fonts) {
  const hashed = put(name, readFileSync(join(modules, "@fontsource-variable", from)));
  css = css.replaceAll(`font:${name}`, hashed);
}
const foreign = css.match(/url\((?!["']?[\w.-]+\.woff2)[^)]{0,80}/);
if (foreign) {
  throw new Error(`app.css points outside the built files, which the content policy refuses: ${foreign[0]}`);
}
put("app.css", css);
put("calendar.js", readFileSync(join(here, "src", "calendar.js")));
put("app.js", readFileSync(join(here, "src", "app.js")));
put("htmx.min.js", readFileSync(join(modules, "htmx.org", "dist", "htmx.min.js")));
put("icons.svg", sprite(JSON.parse(readFileSync(join(here, "icons.json"), "utf8")), join(modules, "lucide-static", "icons")));
put("favicon.svg", readFileSync(join(here, "src", "favicon.svg")));
writeFileSync(join(next, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

for (let tries = 1; ; tries += 1) {
  try {
    rmSync(dist, { recursive: true, force: true });
    renameSync(next, dist);
    break;
  } catch (error) {
    // Another build put its own folder there between the two steps.
    if (tries === 5) {
      throw error;
    }
  }
}
console.log(`built ${Object.keys(manifest).length} files, app.css ${(css.length / 1024).toFixed(0)} KiB`);
