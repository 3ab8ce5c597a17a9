import type { Channel, ChannelEvent } from './messages.ts'

/** Channels of ours that are no calls: phones of agents, further legs, and those that recordings are made of. */
export interface AuxiliaryChannels {
  /** Whether a channel is one of them, by its id alone: after a restart it says by itself what it belongs to. */
  owns(channelId: string): boolean
  hear(event: ChannelEvent): void
  /** Ids of those that are known now. */
  known(): ReadonlySet<string>
  /** What a list of channels shows, of those of an earlier process, too; those of `before` that it lacks are gone. */
  compare(channels: readonly Channel[], before: ReadonlySet<string>): Promise<void>
}

/** Whether the application has a channel that was brought in with those words. Other installations have other applications. */
export function isIn(app: string, words: string, { dialplan }: Channel): boolean {
  return dialplan?.app_name === 'Stasis' && dialplan.app_data === `${app},${words}`
}
