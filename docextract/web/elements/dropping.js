// Files are sent one by one, so that each has its own answer and none makes the others too large.
export default {
  template: `
    <div class="dropping" :class="{ over }">
      <input ref="chooser" type="file" multiple class="unseen" tabindex="-1" aria-hidden="true"
        :accept="accept" @change="take($event.target.files)" />
      <button type="button" class="dropping-button" :aria-keyshortcuts="'o'" @click="choose">
        <span class="dropping-sign" aria-hidden="true">⤓</span>
        <span>{{ words.drop }}</span>
        <span class="dropping-hint">{{ words.kinds }}</span>
      </button>
      <p class="dropping-progress" role="status">{{ progress }}</p>
      <div v-if="over" class="dropping-veil" aria-hidden="true">{{ words.release }}</div>
    </div>`,
  props: { url: String, words: Object },
  emits: ["refused"],
  data: () => ({
    over: false,
    waiting: [],
    sent: 0,
    all: 0,
    sending: false,
    kept: new Map(),
    accept: "image/*,application/pdf,.heic,.tif,.tiff,.jp2,.avif",
  }),
  computed: {
    progress() {
      if (!this.sending) return "";
      return this.words.sending.replace("{sent}", this.sent + 1).replace("{all}", this.all);
    },
  },
  mounted() {
    this.listeners = {
      dragover: (event) => this.drag(event, true),
      dragleave: (event) => event.relatedTarget === null && (this.over = false),
      drop: (event) => {
        this.drag(event, false);
        this.take(event.dataTransfer.files);
      },
      keydown: (event) => {
        if (event.key === "o" && !typing(event)) this.choose();
      },
    };
    for (const [name, listener] of Object.entries(this.listeners)) {
      window.addEventListener(name, listener);
    }
  },
  unmounted() {
    for (const [name, listener] of Object.entries(this.listeners)) {
      window.removeEventListener(name, listener);
    }
  },
  methods: {
    choose() {
      this.$refs.chooser.value = "";
      this.$refs.chooser.click();
    },
    drag(event, over) {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      this.over = over;
    },
    take(files) {
      this.waiting.push(...files);
      this.all += files.length;
      this.send();
    },
    again(kept) {
      const file = this.kept.get(kept);
      this.kept.delete(kept);
      if (file) this.take([file]);
    },
    async send() {
      if (this.sending) return;
      this.sending = true;
      while (this.waiting.length) {
        await this.sendOne(this.waiting.shift());
        this.sent += 1;
      }
      this.sending = false;
      this.sent = this.all = 0;
    },
    async sendOne(file) {
      const body = new FormData();
      body.append("file", file, file.name);
      let kind = "not-sent";
      let detail = "";
      try {
        const answer = await fetch(this.url, { method: "POST", body });
        const problem = await answer.json();
        if (answer.ok) return;
        kind = problem.type.split(":").pop();
        detail = problem.detail;
      } catch {
        // No connection, or no problem in JSON: the kind says so already.
      }
      const kept = `${Date.now()}-${this.kept.size}`;
      this.kept.set(kept, file);
      this.$emit("refused", { name: file.name, kept, kind, detail });
    },
  },
};

function typing(event) {
  return (
    event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [role=combobox]")
  );
}
