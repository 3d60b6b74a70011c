import type { Page } from 'playwright-core';

type Functions<Api> = { readonly [Name in keyof Api]: (...params: never[]) => Promise<unknown> };

/** The functions that a page's script has set as `globalThis.pageApi`, called from here; values cross as JSON. */
export function pageApi<Api extends Functions<Api>>(page: Page): Api {
  const ask = async (name: string, params: readonly unknown[]): Promise<unknown> => {
    await page.waitForFunction(() => 'pageApi' in globalThis);
    return page.evaluate(
      ([called, given]) => {
        const { pageApi } = globalThis as unknown as {
          pageApi: Record<string, (...given: readonly unknown[]) => unknown>;
        };
        return pageApi[called]!(...given);
      },
      [name, params] as const,
    );
  };
  const functions = new Proxy<Record<string, unknown>>(
    {},
    {
      get:
        (_, name) =>
        (...params: unknown[]) =>
          ask(String(name), params),
    },
  );
  return functions as unknown as Api;
}
