const MOST_ZOOM = 8;
const STEP = 1.25;
const DRAG_PX = 4; // less is a click

export default {
  template: `
    <section v-show="src" class="viewer" :aria-label="words.picture">
      <div class="viewer-bar" role="toolbar" :aria-label="words.tools">
        <button v-for="tool in tools" :key="tool.key" type="button" class="plain-button"
          :title="tool.word + ' (' + tool.key + ')'" :aria-label="tool.word"
          :aria-keyshortcuts="tool.key" @click="tool.act()">
          <i class="material-icons" aria-hidden="true">{{ tool.icon }}</i>
        </button>
        <span class="viewer-zoom">{{ Math.round(zoom * 100) }}%</span>
      </div>
      <div ref="area" class="viewer-area" :class="{ panning }" tabindex="0" :aria-label="words.picture"
        @wheel="wheel" @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up">
        <svg v-if="src" :viewBox="box" :style="size" role="group" :aria-label="words.picture">
          <g :transform="turning">
            <image :href="src" :width="width" :height="height" preserveAspectRatio="none" />
            <polygon v-for="place in places" :key="place.name" :points="place.points"
              :class="['place', place.state, { marked: place.name === marked }]"
              :data-quad="place.name" vector-effect="non-scaling-stroke"
              @pointerenter="mark(place.name)" @pointerleave="mark('')" @click="choose(place.name)">
              <title>{{ place.title }}</title>
            </polygon>
          </g>
        </svg>
      </div>
    </section>`,
  props: { src: String, width: Number, height: Number, places: Array, turn: Number, words: Object },
  emits: ["step"],
  data: () => ({ zoom: 1, turned: 0, marked: "", area: [1, 1], panning: false, drag: null }),
  computed: {
    tools() {
      return [
        { key: "-", word: this.words.smaller, icon: "remove", act: () => this.zoomBy(1 / STEP) },
        { key: "+", word: this.words.larger, icon: "add", act: () => this.zoomBy(STEP) },
        { key: "0", word: this.words.fit, icon: "fit_screen", act: () => this.fit() },
        { key: "r", word: this.words.turn, icon: "rotate_right", act: () => this.turnOn() },
      ];
    },
    sides() {
      return this.turned % 180 ? [this.height, this.width] : [this.width, this.height];
    },
    box() {
      return `0 0 ${this.sides[0]} ${this.sides[1]}`;
    },
    turning() {
      const shift = { 0: "0 0", 90: `${this.height} 0`, 180: `${this.width} ${this.height}`, 270: `0 ${this.width}` };
      return `translate(${shift[this.turned]}) rotate(${this.turned})`;
    },
    size() {
      const [width, height] = this.sides;
      const scale = this.zoom * Math.min((this.area[0] - 24) / width, (this.area[1] - 24) / height);
      return { width: `${width * scale}px`, height: `${height * scale}px` };
    },
  },
  watch: {
    src: "upright",
    turn: "upright",
  },
  mounted() {
    this.upright();
    this.observer = new ResizeObserver(([entry]) => {
      this.area = [entry.contentRect.width, entry.contentRect.height];
    });
    this.observer.observe(this.$refs.area);
    this.listeners = {
      pointerover: (event) => this.hover(event.target),
      focusin: (event) => this.enter(event.target),
      click: (event) => this.enter(event.target),
      keydown: (event) => this.key(event),
    };
    for (const [name, listener] of Object.entries(this.listeners)) {
      document.addEventListener(name, listener);
    }
  },
  unmounted() {
    this.observer.disconnect();
    for (const [name, listener] of Object.entries(this.listeners)) {
      document.removeEventListener(name, listener);
    }
  },
  methods: {
    upright() {
      this.zoom = 1;
      this.turned = (360 - (this.turn || 0)) % 360;
      this.mark("");
    },
    turnOn() {
      this.turned = (this.turned + 90) % 360;
    },
    fit() {
      this.zoom = 1;
    },
    async zoomBy(factor, at) {
      const area = this.$refs.area;
      const [x, y] = at || [area.clientWidth / 2, area.clientHeight / 2];
      const before = this.zoom;
      this.zoom = Math.min(MOST_ZOOM, Math.max(1, before * factor));
      const ratio = this.zoom / before;
      const [left, top] = [(area.scrollLeft + x) * ratio - x, (area.scrollTop + y) * ratio - y];
      await this.$nextTick();
      area.scrollTo(left, top);
    },
    wheel(event) {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const rect = this.$refs.area.getBoundingClientRect();
      this.zoomBy(event.deltaY < 0 ? STEP : 1 / STEP, [event.clientX - rect.left, event.clientY - rect.top]);
    },
    down(event) {
      const area = this.$refs.area;
      this.drag = [event.clientX, event.clientY, area.scrollLeft, area.scrollTop];
    },
    move(event) {
      if (!this.drag) return;
      const [x, y, left, top] = this.drag;
      if (!this.panning && Math.hypot(event.clientX - x, event.clientY - y) < DRAG_PX) return;
      this.panning = true;
      this.$refs.area.scrollTo(left - event.clientX + x, top - event.clientY + y);
    },
    up() {
      this.drag = null;
      this.panning = false;
    },
    rows() {
      return [...document.querySelectorAll("[data-place]")];
    },
    mark(name) {
      this.marked = name;
      for (const row of this.rows()) {
        row.classList.toggle("marked", name !== "" && row.dataset.place === name);
      }
    },
    hover(target) {
      const row = target.closest("[data-place]");
      if (row) this.mark(row.dataset.place);
      else if (!target.closest("[data-quad]")) this.mark(this.focused());
    },
    focused() {
      return document.activeElement?.closest("[data-place]")?.dataset.place || "";
    },
    enter(target) {
      const row = target.closest("[data-place]");
      if (!row) return;
      this.mark(row.dataset.place);
      const quad = this.$el.querySelector(`[data-quad="${CSS.escape(row.dataset.place)}"]`);
      quad?.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
    choose(name) {
      const row = this.rows().find((one) => one.dataset.place === name);
      row?.focus();
      row?.scrollIntoView({ block: "nearest" });
    },
    nextDoubt() {
      const rows = this.rows();
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const after = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
      const next = after.find((row) => "doubt" in row.dataset);
      if (next) this.choose(next.dataset.place);
    },
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select, [role=combobox], [role=listbox]")) return;
      const acts = {
        "+": () => this.zoomBy(STEP),
        "=": () => this.zoomBy(STEP),
        "-": () => this.zoomBy(1 / STEP),
        0: () => this.fit(),
        r: () => this.turnOn(),
        n: () => this.nextDoubt(),
        j: () => this.$emit("step", 1),
        k: () => this.$emit("step", -1),
      };
      acts[event.key]?.();
    },
  },
};
