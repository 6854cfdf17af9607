// What `Storing` of parties.py is.
const VALUE = { name: "Ada", score: 41, tags: ["a", "b"], text: "x".repeat(80) };
const KEYS = 1000;

export default class Storing {
  constructor(room) {
    this.room = room;
  }

  async onRequest(request) {
    const storage = this.room.storage;
    const [call, calls] = new URL(request.url).pathname.split("/").slice(-2);
    if (call === "get") {
      await storage.put("key", VALUE);
      for (let number = 0; number < Number(calls); number++) await storage.get("key");
    } else {
      for (let number = 0; number < Number(calls); number++) await storage.put(`key ${number % KEYS}`, VALUE);
    }
    return new Response("hello");
  }
}
