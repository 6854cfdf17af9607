// What `Sleeping` of parties.py is.
export default class Sleeping {
  options = { hibernate: true };

  constructor(room) {
    this.room = room;
  }

  onMessage(message, sender) {
    this.room.broadcast(message, [sender.id]);
  }
}
