import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../fixtures/paths.ts";

const run = promisify(execFile);

/**
 * Prebuilt archives, of which one file each is wanted. They are not in package.json: an install of the first asks for
 * versions of JupyterLab's packages that were never published together.
 */
export const WIDGETS = {
  name: "@vscode/jupyter-ipywidgets8",
  version: "1.0.9",
  integrity:
    "sha512-bocCThfa4JDIDd7qCFAfW3HpzHfTLYxOTpTbiDfw4DXOUjKHnr6ObkMBiIkuzYPRybh5bY4FhYLemuDuTvIbpQ==",
  file: "dist/ipywidgets.js",
};
export const SERVICES = {
  name: "@jupyterlab/services",
  version: "7.6.6",
  integrity:
    "sha512-EhjaH69qdWA7HfyM84kIjvE1o0vy1xELMfchGQ+NMgEWhzs4vVgkyazLVCrUM5XCy0cNJ/UcvwUGp/vlco/61Q==",
  file: "dist/dist/index.js",
};

type Archive = typeof WIDGETS;

/** Gets an archive from the registry that npm is set up with, once; resolves with the path of its file. */
export async function fetched({ name, version, integrity, file }: Archive): Promise<string> {
  const cache = path.join(ROOT, "node_modules", ".cache", "headwise");
  const folder = path.join(cache, `${name.replace("/", "-")}-${version}`);
  if (existsSync(folder)) return path.join(folder, file);
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(path.join(cache, "fetch-"));
  try {
    const { stdout } = await run(
      "npm",
      ["pack", `${name}@${version}`, "--silent", "--pack-destination", scratch],
      { cwd: scratch },
    );
    const archive = path.join(scratch, stdout.trim());
    const found = createHash("sha512")
      .update(await readFile(archive))
      .digest("base64");
    if (`sha512-${found}` !== integrity)
      throw new Error(`${name}@${version} is not the archive that was pinned: sha512-${found}`);
    await run("tar", ["-xzf", archive, "-C", scratch, `package/${file}`]);
    await rename(path.join(scratch, "package"), folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return path.join(folder, file);
}
