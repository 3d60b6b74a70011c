/** Who talks with whom. Chats enough that every range of commands and every stream has some. */
export interface PlannedChat {
  readonly creator: string;
  readonly kind: 'direct' | 'group';
  readonly member_ids: string[];
  readonly isSteady: boolean;
}

export function chatsOf(users: readonly string[]): PlannedChat[] {
  const at = (index: number) => users[index % users.length]!;
  const others = (creator: string) => users.filter((user) => user !== creator);
  const direct = users.flatMap((creator, index) =>
    [1, 2].map((step) => ({
      creator,
      kind: 'direct' as const,
      member_ids: [at(index + step)],
      isSteady: true,
    })),
  );
  const unique = new Map(direct.map((chat) => [[chat.creator, ...chat.member_ids].sort().join(), chat]));
  const steady = users.map((creator, index) => ({
    creator,
    kind: 'group' as const,
    member_ids:
      index === 0 ? others(creator) : [at(index + 1), at(index + 3)].filter((user) => user !== creator),
    isSteady: true,
  }));
  const changing = users.slice(0, Math.ceil(users.length / 2)).map((creator) => ({
    creator,
    kind: 'group' as const,
    member_ids: others(creator),
    isSteady: false,
  }));
  return [...unique.values(), ...steady, ...changing];
}
