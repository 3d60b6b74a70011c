/**
 * The order of the files of a group: those that take longest first, so that in the end no worker is left alone with one of them; what
 * is not named here is short and fills what is left.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of a project: with its name first. */
const longest = [
  // What breaks things, one after the other as far as there is something else to stand beside it.
  'faults test/fuzz/fuzz',
  'e2e:cluster test/e2e/outages',
  'e2e:cluster test/e2e/messenger',
  'faults test/faults/cluster',
  'e2e:single test/e2e/outages',
  'e2e:single test/e2e/messenger',
  'e2e:single test/e2e/chat-cli',
  'e2e:single test/e2e/chat-script',
  'e2e:cluster test/e2e/browser',
  'e2e:single test/e2e/browser',
  'e2e:single test/conformance/conformance',
  'faults test/faults/single',
  'e2e:single test/e2e/sdk-examples',
  'e2e:cluster test/e2e/convergence',
  'e2e:single test/e2e/convergence',
  'faults test/faults/restored-streams',
  'faults test/attacks/attacks',
  'faults test/faults/kill-everything',
  'faults test/faults/backup',
  'faults test/faults/two-processes',

  'processes test/starting/odnix',
  'integration test/authorisation/authorisation',
  'streams streams/lease-set',
  'integration apps/admin/projections/rebuild',
  'processes test/starting/cluster',
  'processes test/erasure/erasure',
  'integration apps/projector/projector',
  'processes test/processes/readiness',
  'integration apps/gateway/gateway',
  'processes test/processes/starting',
  'processes test/processes/raised-versions',
  'streams streams/lease',
  'integration libs/jobs/jobs',
  'integration apps/gateway/updates',
  'processes test/processes/each-app-a-process',
  'integration apps/timeline/one-writer',
  'integration test/verify/verify',
  'integration libs/projections/fold-batch',
  'processes test/processes/stopping',
  'streams streams/lease-cluster',
  'processes test/processes/admin',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ project, moduleId }: TestSpecification): number => {
      const { root } = project.config;
      const name = `${project.name} ${moduleId.slice(root.length + 1).replace('.int.spec.ts', '')}`;
      const at = longest.indexOf(name);
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(specs)).toSorted((a, b) => place(a) - place(b));
  }
}
