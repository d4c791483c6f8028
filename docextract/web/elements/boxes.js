// Boxes are dragged here and told to the service when they are let go, so that it is one change.
const MOST_ZOOM = 8;
const STEP = 1.25;
const LEAST_PX = 6; // a smaller drag is a click
const GRIP_PX = 9;
const IDLE_MS = 500; // after the last arrow key
const GRIPS = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

export default {
  template: `
    <section v-show="src" class="viewer boxes" :aria-label="words.picture">
      <div class="viewer-bar" role="toolbar" :aria-label="words.tools">
        <button v-for="tool in tools" :key="tool.key" type="button" class="plain-button"
          :title="tool.word + ' (' + tool.key + ')'" :aria-label="tool.word"
          :aria-keyshortcuts="tool.key" @click="tool.act()">
          <i class="material-icons" aria-hidden="true">{{ tool.icon }}</i>
        </button>
        <span class="viewer-zoom">{{ Math.round(zoom * 100) }}%</span>
      </div>
      <div ref="area" class="viewer-area" @wheel="wheel">
        <svg v-if="src" ref="sheet" :viewBox="'0 0 ' + width + ' ' + height" :style="size" role="group"
          :aria-label="words.picture" @pointerdown="down" @pointermove="move" @pointerup="up"
          @pointercancel="cancel">
          <image :href="src" :width="width" :height="height" preserveAspectRatio="none" />
          <g v-for="one in shown" :key="one.name" class="box" tabindex="0" role="img"
            :class="[one.state, { chosen: one.field === selected }]" :data-box="one.name"
            :aria-label="one.title" @focus="choose(one)" @keydown="key($event, one)">
            <rect class="place" vector-effect="non-scaling-stroke" :x="one.box[0]" :y="one.box[1]"
              :width="one.box[2]" :height="one.box[3]"><title>{{ one.title }}</title></rect>
            <template v-if="one.field === selected">
              <rect v-for="grip in grips(one.box)" :key="grip.name" class="grip" :class="grip.name"
                :data-grip="grip.name" vector-effect="non-scaling-stroke"
                :x="grip.x - unit * ${GRIP_PX} / 2" :y="grip.y - unit * ${GRIP_PX} / 2"
                :width="unit * ${GRIP_PX}" :height="unit * ${GRIP_PX}" />
            </template>
          </g>
          <rect v-if="fresh" class="fresh" vector-effect="non-scaling-stroke" :x="fresh[0]" :y="fresh[1]"
            :width="fresh[2]" :height="fresh[3]" />
        </svg>
      </div>
    </section>`,
  props: {
    src: String, width: Number, height: Number, boxes: Array, selected: String, words: Object,
    heard: Number, // of the changes that were told, the last one that ``boxes`` knows of
  },
  emits: ["drawn", "moved", "removed", "selected"],
  // ``changed`` are boxes that the service may not know yet, with the number they were told by.
  data: () => ({ zoom: 1, area: [1, 1], drag: null, fresh: null, changed: {}, told: 0, timer: null }),
  computed: {
    tools() {
      return [
        { key: "-", word: this.words.smaller, icon: "remove", act: () => this.zoomBy(1 / STEP) },
        { key: "+", word: this.words.larger, icon: "add", act: () => this.zoomBy(STEP) },
        { key: "0", word: this.words.fit, icon: "fit_screen", act: () => (this.zoom = 1) },
      ];
    },
    scale() {
      const fit = Math.min((this.area[0] - 24) / this.width, (this.area[1] - 24) / this.height);
      return Math.max(this.zoom * fit, 1e-6);
    },
    unit() {
      return 1 / this.scale;
    },
    size() {
      return { width: `${this.width * this.scale}px`, height: `${this.height * this.scale}px` };
    },
    // The chosen ones last, so that they lie on top.
    shown() {
      const all = this.boxes.map((one) => ({ ...one, box: this.changed[one.name]?.box || one.box }));
      return all.sort((a, b) => (a.field === this.selected) - (b.field === this.selected));
    },
  },
  watch: {
    boxes() {
      const isNews = ([name, { number }]) => number > this.heard && this.boxes.some((one) => one.name === name);
      this.changed = Object.fromEntries(Object.entries(this.changed).filter(isNews));
      if (!this.drag) this.fresh = null;
    },
  },
  mounted() {
    this.observer = new ResizeObserver(([entry]) => {
      this.area = [entry.contentRect.width, entry.contentRect.height];
    });
    this.observer.observe(this.$refs.area);
    this.zoomKey = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select, [role=combobox], [role=listbox]")) return;
      const tool = this.tools.find((one) => one.key === (event.key === "=" ? "+" : event.key));
      tool?.act();
    };
    document.addEventListener("keydown", this.zoomKey);
  },
  unmounted() {
    this.observer.disconnect();
    clearTimeout(this.timer);
    document.removeEventListener("keydown", this.zoomKey);
  },
  methods: {
    grips([x, y, width, height]) {
      return GRIPS.map((name) => ({
        name,
        x: x + (name.includes("w") ? 0 : name.includes("e") ? width : width / 2),
        y: y + (name.includes("n") ? 0 : name.includes("s") ? height : height / 2),
      }));
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
    at(event) {
      const rect = this.$refs.sheet.getBoundingClientRect();
      const x = (event.clientX - rect.left) * this.unit;
      const y = (event.clientY - rect.top) * this.unit;
      return [Math.min(Math.max(x, 0), this.width), Math.min(Math.max(y, 0), this.height)];
    },
    find(name) {
      return this.shown.find((one) => one.name === name);
    },
    choose(one) {
      if (one.field !== this.selected) this.$emit("selected", one.field);
    },
    down(event) {
      if (event.button !== 0) return;
      const held = event.target.closest("[data-box]");
      const one = held && this.find(held.dataset.box);
      const grip = event.target.dataset.grip || (one ? "move" : "new");
      this.drag = { from: this.at(event), name: one?.name, box: one?.box, grip, moved: false };
      this.$refs.sheet.setPointerCapture(event.pointerId);
      if (one) {
        held.focus();
        this.choose(one);
      } else {
        document.activeElement?.blur();
      }
      event.preventDefault();
    },
    move(event) {
      if (!this.drag) return;
      const [x, y] = this.at(event);
      const [left, top] = this.drag.from;
      if (!this.drag.moved && Math.hypot(x - left, y - top) * this.scale < LEAST_PX) return;
      this.drag.moved = true;
      if (this.drag.grip === "new") {
        this.fresh = [Math.min(x, left), Math.min(y, top), Math.abs(x - left), Math.abs(y - top)];
      } else {
        this.put(this.drag.name, this.pulled(this.drag.box, this.drag.grip, x - left, y - top));
      }
    },
    up() {
      const drag = this.drag;
      this.drag = null;
      if (!drag?.moved) return;
      if (drag.grip === "new") this.$emit("drawn", { box: this.whole(this.fresh) });
      else this.tell(drag.name);
    },
    cancel() {
      if (this.drag?.name) delete this.changed[this.drag.name];
      this.drag = this.fresh = null;
    },
    // A box pulled by one of its grips, or moved; never beyond the page, never inside out.
    pulled([x, y, width, height], grip, dx, dy) {
      if (grip === "move") {
        const left = Math.min(Math.max(x + dx, 0), this.width - width);
        const top = Math.min(Math.max(y + dy, 0), this.height - height);
        return [left, top, width, height];
      }
      let [left, top, right, bottom] = [x, y, x + width, y + height];
      if (grip.includes("w")) left = Math.min(Math.max(left + dx, 0), right - 1);
      if (grip.includes("e")) right = Math.max(Math.min(right + dx, this.width), left + 1);
      if (grip.includes("n")) top = Math.min(Math.max(top + dy, 0), bottom - 1);
      if (grip.includes("s")) bottom = Math.max(Math.min(bottom + dy, this.height), top + 1);
      return [left, top, right - left, bottom - top];
    },
    put(name, box) {
      this.changed = { ...this.changed, [name]: { box, number: Infinity } };
    },
    whole([x, y, width, height]) {
      const [left, top] = [Math.round(x), Math.round(y)];
      const [right, bottom] = [Math.round(x + width), Math.round(y + height)];
      return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
    },
    tell(name) {
      clearTimeout(this.timer);
      const change = this.changed[name];
      if (!change) return;
      change.number = ++this.told;
      this.$emit("moved", { name, box: this.whole(change.box), number: change.number });
    },
    key(event, one) {
      const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        this.$emit("removed", one.name);
      } else if (ways[event.key]) {
        event.preventDefault();
        const by = event.ctrlKey || event.metaKey ? 10 : 1;
        const [dx, dy] = ways[event.key].map((way) => way * by);
        this.put(one.name, this.pulled(one.box, event.shiftKey ? "se" : "move", dx, dy));
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.tell(one.name), IDLE_MS);
      }
    },
  },
};
