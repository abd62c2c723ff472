// A saved panel whose kernel is gone: its own words in place of the widgets' "model not found".

const PANEL = 'application/vnd.synth-jupyter.panel+json';
const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** Let a notebook's `rendermime` show our panels by the renderer of widgets, and by their text where that has no model. */
export function lastingPanels(rendermime) {
  const createRenderer = () => {
    const renderer = rendermime.createRenderer(WIDGET), { node } = renderer, render = renderer.renderModel.bind(renderer);
    renderer.renderModel = async model => {
      const { without_kernel: text } = model.data[PANEL];
      const look = () => { if (node.textContent.startsWith('Error displaying widget')) node.textContent = text; };
      new MutationObserver(look).observe(node, { childList: true });
      if (model.data[WIDGET]) await render(model);
      else node.textContent = text;
    };
    return renderer;
  };
  rendermime.addFactory({ safe: false, mimeTypes: [PANEL], createRenderer }, -20);
}
