// What `Counting` of parties.py is.
export default class Counting {
  options = { hibernate: true };
  seen = 0;

  onMessage(message, sender) {
    sender.send(String(++this.seen));
  }
}
