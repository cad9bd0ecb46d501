/** Who says what a store holds: its folder, or whoever activates a set over the API. */
export type StoreKeeper = 'folder' | 'api'
