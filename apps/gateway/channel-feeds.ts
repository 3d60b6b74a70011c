import type { EdgeServices } from '#edge/open-edge.js';
import { ChannelFeed } from './channel-feed.js';
import type { GatewayTimes } from './limits.js';
import { SharedFeeds } from './shared-feeds.js';

/** The channels that are followed here: one subscription a channel, kept while there is a session that follows it. */
export const channelFeeds = (
  edge: EdgeServices,
  times: GatewayTimes,
  onFailure: (error: unknown) => void,
): SharedFeeds<ChannelFeed> =>
  new SharedFeeds<ChannelFeed>({
    open: (chatId) => ChannelFeed.open(edge, chatId, onFailure),
    heads: edge.channels,
    checksForEach: false,
    times,
    onFailure,
  });
