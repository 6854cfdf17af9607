// What `Awake` of parties.py is.
export default class Awake {
  constructor(room) {
    this.room = room;
  }

  onMessage(message, sender) {
    this.room.broadcast(message, [sender.id]);
  }
}
