// The sidebar as a federated module, written by hand: JupyterLab calls init() with the packages it shares, then get().
(() => {
  const here = document.currentScript.src;
  let scope = {};
  const shared = async name => (await Object.values(scope[name])[0].get())();

  const get = async () => {
    const [{ ILayoutRestorer }, { ICommandPalette, MainAreaWidget }, { INotebookTracker, NotebookActions },
      { ServerConnection }, { Widget }, { overHttp, show }, { lastingPanels }] = await Promise.all([
      ...['@jupyterlab/application', '@jupyterlab/apputils', '@jupyterlab/notebook', '@jupyterlab/services',
        '@lumino/widgets'].map(shared), ...['activity.js', 'panels.js'].map(file => import(new URL(file, here).href))]);

    function activate(app, restorer, palette, tracker) {
      const settings = app.serviceManager.serverSettings;
      const url = path => `${settings.baseUrl}synth/api/${path}`;
      const node = document.createElement('div');
      const widget = new Widget({ node });
      const host = {
        url,
        ask: overHttp((path, options) => ServerConnection.makeRequest(url(path), { cache: 'no-cache', ...options }, settings)),
        open: (title, content) => {
          const inner = new Widget({ node: content });
          const area = new MainAreaWidget({ content: inner });
          area.title.label = title;
          area.title.closable = true;
          app.shell.add(area, 'main');
          app.shell.activateById(area.id = `synth-${Date.now()}`);
        },
        insert: async source => {
          const model = app.serviceManager.kernelspecs.specs;
          const panel = tracker?.currentWidget
            ?? await app.commands.execute('notebook:create-new', { kernelName: model?.default ?? '' });
          await panel.context.ready;
          await panel.revealed;
          const cells = () => [...panel.content.widgets].map(cell => cell.model.sharedModel.getSource());
          const add = text => {
            if (panel.content.activeCell?.model.sharedModel.getSource().trim()) NotebookActions.insertBelow(panel.content);
            NotebookActions.changeCellType(panel.content, 'code');
            panel.content.activeCell.model.sharedModel.setSource(text);
          };
          if (!cells().some(text => text.includes('%load_ext synth_jupyter'))) add('%load_ext synth_jupyter');
          add(source);
          app.shell.activateById(panel.id);
        },
      };
      const sidebar = show(node, host);
      Object.assign(widget, { id: 'synth-sidebar' });
      Object.assign(widget.title, { label: 'Synth', caption: 'Synth: experiments, runs and images' });
      widget.disposed.connect(sidebar.stop);
      app.shell.add(widget, 'left', { rank: 600 });
      restorer?.add(widget, 'synth-sidebar');
      tracker?.forEach(panel => lastingPanels(panel.content.rendermime));
      tracker?.widgetAdded.connect((_, panel) => lastingPanels(panel.content.rendermime));
      const commands = {
        'synth:show': ['Show Experiments, Runs and Images', () => { app.shell.activateById(widget.id); sidebar.refresh(); }],
        'synth:example': ['Insert an Example Experiment', sidebar.insertExample],
        'synth:refresh': ['Refresh', sidebar.refresh],
        'synth:doctor': ['Doctor: What Is Not as It Should Be', sidebar.doctor],
      };
      for (const [command, [label, execute]] of Object.entries(commands)) {
        app.commands.addCommand(command, { label: `Synth: ${label}`, execute, describedBy: { args: null } });
        palette?.addItem({ command, category: 'Synth' });
      }
    }

    const plugin = { id: 'synth-jupyter:sidebar', autoStart: true, activate,
      optional: [ILayoutRestorer, ICommandPalette, INotebookTracker] };
    return () => ({ __esModule: true, default: plugin });
  };
  (window._JUPYTERLAB ??= {})['synth-jupyter'] = { init: given => { scope = given; }, get };
})();
