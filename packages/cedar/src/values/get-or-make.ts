/** What a map keeps under a key; it is made when there is none. */
export function getOrMake<Key, Kept>(map: Map<Key, Kept>, key: Key, make: () => Kept): Kept {
  const kept = map.get(key)
  if (kept !== undefined) return kept
  const made = make()
  map.set(key, made)
  return made
}
