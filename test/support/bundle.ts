import { rolldown, type OutputChunk } from 'rolldown';

export interface Bundle {
  readonly code: string;
  /** The files it was made of. */
  readonly modules: readonly string[];
}

/** One ES module for browsers from a file and everything that it imports. */
export async function bundleForBrowser(entry: string, { minify = false } = {}): Promise<Bundle> {
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    resolve: { conditionNames: ['odnix-source', 'browser', 'import', 'default'] },
  });
  const { output } = await bundle.generate({ format: 'esm', minify });
  await bundle.close();
  const chunks = output.filter((one): one is OutputChunk => one.type === 'chunk');
  const [chunk] = chunks;
  if (!chunk || chunks.length > 1) throw new Error(`${entry} makes ${chunks.length} files, not one.`);
  return { code: chunk.code, modules: chunk.moduleIds };
}
