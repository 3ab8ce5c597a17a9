import type { Channel, ChannelEvent } from './messages.ts'

/** Our channels that are not calls: phones of agents, further legs, and the snoop channels of recordings. */
export interface AuxiliaryChannels {
  /** Whether a channel is one of them, by its id alone: the id identifies what the channel belongs to, also after a restart. */
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
