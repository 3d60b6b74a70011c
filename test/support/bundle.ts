import { rolldown, type OutputChunk } from 'rolldown';

export interface BundleOptions {
  /** Extra modules by name, as text: what a developer might write. */
  readonly minify?: boolean;
}

/** One ES module for browsers from a source file and everything it imports. */
export async function bundleForBrowser(
  entry: string,
  { minify = false }: BundleOptions = {},
): Promise<string> {
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    resolve: { conditionNames: ['odnix-source', 'browser', 'import', 'default'] },
  });
  const { output } = await bundle.generate({ format: 'esm', minify });
  await bundle.close();
  const chunks = output.filter((one): one is OutputChunk => one.type === 'chunk');
  if (chunks.length !== 1) throw new Error(`${entry} makes ${chunks.length} files, not one.`);
  return chunks[0]!.code;
}
