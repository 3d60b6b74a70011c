/** The container engine of this machine, when one answers; undefined tells the fixture to use the embedded servers. */
import { getContainerRuntimeClient, type ContainerRuntimeClient } from 'testcontainers';

export async function containerEngine(): Promise<ContainerRuntimeClient | undefined> {
  try {
    return await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
}
