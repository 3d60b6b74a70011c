import { natsAuthorization } from '#streams/nats-authorization.js';
import { natsPasswordVariables } from './passwords.js';

/** The table of permissions as a file for `include`; it holds no password. */
export function natsUsersFile(streamsPerFamily: number): string {
  const variables = natsPasswordVariables();
  const names = Object.values(variables).map(({ variable }) => variable);
  return `# Made by: npm run admin -- nats-users, for ${streamsPerFamily} streams a family. Include it in every server's configuration:
#   include ./odnix-users.conf
# Each server reads the passwords (plain, or made by: nats server passwd) from its environment, within double quotes, which
# the server takes off: NATS_PASSWORD_ADMIN='"..."'
#   ${names.join('\n#   ')}
# The user admin is for setup and for operators. After a change: nats-server --signal reload
${natsAuthorization(variables, { streamsPerFamily })}`;
}
