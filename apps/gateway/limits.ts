/** What one gateway gives to one connection. Times may be set by the caller of `GatewayModule.forRoot`, for tests. */
export const gatewayTimes = {
  /** Until `session.open` has been answered. */
  session_open_ms: 10_000,
  heartbeat_ms: 30_000,
  /** A socket that has not drained for so long is closed. */
  too_slow_ms: 30_000,
  /**
   * Announcements of the first moments may be missed, in a busy cluster for seconds, until every node knows of the
   * subscription: after these times the head is looked at, and then regularly.
   */
  first_head_checks_ms: [1_000, 4_000, 12_000] as readonly number[],
  head_check_ms: 30_000,
  /** Whether the devices of all sessions are still signed in, should it not have been told. */
  devices_check_ms: 60_000,
  /** Who has gone, or whose gateway has, still counts as there for so long: clients change networks and gateways all the time. */
  offline_after_ms: 30_000,
  /** When somebody is watched for the first time here, and then regularly: what is told of them may be missed. */
  presence_checks_ms: [4_000] as readonly number[],
  presence_check_ms: 120_000,
  /** A client that was told of the draining is to come back elsewhere, and is sent away when it has not left. */
  reconnect_after_ms: 1_000,
  drain_ms: 1_500,
  /** So many clients are told to leave within a second, as long as all of them have left in time: others let them in. */
  leaving_per_s: 1_000,
  leaving_ms_max: 5_000,
};
export type GatewayTimes = typeof gatewayTimes;

/** What waits to be sent: above a client's share live push stops, below a quarter of it reading the log goes on. */
export const sendLimits = {
  client_bytes_max: 1024 * 1024,
  /** However full the process is. */
  client_bytes_min: 64 * 1024,
  process_bytes_max: 256 * 1024 * 1024,
  look_ms: 50,
};
export type SendLimits = typeof sendLimits;

/** Read and sent at a time while catching up. */
export const catch_up_updates_max = 400;
/** Pushed and not yet acknowledged, remembered by a session; more are read again when they are acknowledged. */
export const unacknowledged_entries_max = 1_000;
export const read_retry_ms = 250;
/** While a log cannot be read (the read model is away, or too far behind), up to so long between two tries. */
export const read_retry_ms_max = 4_000;

/**
 * Sessions that are opened at a time, and that wait for it. A gateway that dies sends its thousands here within a second: each
 * opening is a handful of reads, and those who are connected already are to notice nothing. The longest wait stays well below
 * `session_open_ms`.
 */
export const session_opens = { running_max: 64, waiting_max: 1_024, retry_after_ms: 2_000 } as const;
/** Of one answer to a poll; and whatever the update is that goes beyond it. */
export const poll_bytes_max = 1024 * 1024;
/** How long an event stream that was ended may take to send its last events. */
export const stream_linger_ms = 500;

/** How long it may be at most until a session learns that it may see less of somebody, should it not have been told. */
export const sights_check_ms = 600_000;
export const sights_check_spread = 0.5;
/** Where it could not be learnt. */
export const sights_retry_ms = 5_000;
/** Within which those ask who watch somebody that has changed who may see them. */
export const sights_spread_ms_max = 2_000;
