// Joins the chosen icons into one SVG of symbols, drawn with <use href="...#name">.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Takes icon names and the folder of the icon set; gives the sprite's text. An unknown name stops the build. */
export function sprite(names, folder) {
  const symbols = names.map((name) => {
    const file = join(folder, `${name}.svg`);
    if (!existsSync(file)) {
      throw new Error(`icons.json names an icon that the set does not have: ${name}`);
    }
    const drawing = readFileSync(file, "utf8").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">',
    ...symbols,
    "</svg>\n",
  ].join("\n");
}
