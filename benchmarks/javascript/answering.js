// What `Answering` of parties.py is.
export default class Answering {
  onRequest() {
    return new Response("hello");
  }
}
