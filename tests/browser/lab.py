"""A JupyterLab of its own for a test file, and what every test asks of its pages."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync")  # fmt: skip
SHOTS = os.environ.get("SYNTH_SCREENSHOTS", "")
FOLDERS = ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
           "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip
NO_NEWS = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


class Lab:
    """A JupyterLab with the sidebar, whose workspace is empty; state: its process."""

    def __init__(self, folder: Path, project: Path, *, is_extended: bool = True) -> None:
        shared = folder / "share/labextensions"
        shutil.copytree(project / "synth_jupyter/jupyter/labextension", shared / "synth-jupyter")
        self.home, self.root = folder / "home", folder / "root"
        path = os.pathsep.join(
            filter(None, (str(project), os.environ.get("PYTHONPATH")))
        )  # other versions may stand there
        own = {name: str(folder / name.lower()) for name in FOLDERS}
        own |= {"SYNTH_HOME": str(self.home), "PYTHONPATH": path, "JUPYTER_PATH": str(shared.parent)}
        own |= {"JUPYTER_CONFIG_PATH": str(project / "jupyter-config")} if is_extended else {}
        environment = {name: value for name, value in os.environ.items() if name != "SYNTH_PROGRESS"} | own
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = port = free.getsockname()[1]
        self.root.mkdir()
        (folder / "jupyter_config_dir/labconfig").mkdir(parents=True)
        (folder / "jupyter_config_dir/labconfig/page_config.json").write_text(NO_NEWS)
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
             "--IdentityProvider.token=t", f"--ServerApp.root_dir={self.root}",
             "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
             *([] if is_extended else ["--ServerApp.jpserver_extensions=synth_jupyter=False"])],
            cwd=self.root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait(self) -> "Lab":
        """Itself, when it answers."""
        for _ in range(600):
            assert self.process.poll() is None, "JupyterLab ended"
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return self
            except OSError:
                with pytest.raises(subprocess.TimeoutExpired):
                    self.process.wait(0.1)
        raise AssertionError("JupyterLab did not answer")

    def stop(self) -> None:
        """End it; one whose idle worker threads keep it after its own end is killed."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def opened(browser: Browser, lab: Lab, path: str = "", *, height: int = 900) -> Page:
    """A page of that Lab, all of it there; `path` is a notebook to open."""
    page = browser.new_page(viewport={"width": 1400, "height": height})
    page.goto(f"{lab.address}/lab/workspaces/w{len(browser.contexts)}/{f'tree/{path}' if path else ''}?token=t&reset")
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=60_000)
    return page


def run_all(page: Page) -> None:
    """Run the notebook that is open, by clicking, as soon as its kernel is there."""
    expect(page.get_by_role("button", name=re.compile(r"\| Idle$"))).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def save(page: Page) -> None:
    """Save the notebook that is open, by the menu."""
    with page.expect_response(lambda it: ".ipynb" in it.url and it.request.method == "PUT"):
        page.get_by_role("menuitem", name="File", exact=True).click()
        page.get_by_text("Save Notebook", exact=True).click()


def end_kernels(page: Page, lab: Lab) -> None:
    """Shut down every kernel, as a restart of the machine would."""
    for kernel in page.request.get(f"{lab.address}/api/kernels?token=t").json():
        page.request.delete(f"{lab.address}/api/kernels/{kernel['id']}?token=t")


def set_theme(page: Page, theme: str) -> None:
    """Change the theme by its menu: Light or Dark."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item[data-type=submenu]").filter(has_text=re.compile("^Theme")).first.hover()
    page.get_by_text(f"JupyterLab {theme}", exact=True).click()
    expect(page.locator(f"body[data-jp-theme-light={str(theme == 'Light').lower()}]")).to_have_count(1, timeout=20_000)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=20_000)


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SYNTH_SCREENSHOTS says."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def pale_texts(page: Page, where: str, *, at_least: int) -> list[Any]:
    """The texts below the selector with less contrast than 4.5 to 1, of as many as there are `at_least`."""
    ratios: list[dict[str, Any]] = page.evaluate(_CONTRAST, where)
    assert len(ratios) >= at_least, ratios
    return [each for each in ratios if each["ratio"] < 4.5]


def assert_nothing_acts(page: Page, where: str) -> None:
    """No script of the data ran, and below the selector no node could run one."""
    assert page.evaluate("window.__pwn") is None
    assert page.evaluate(_ACTING, where) == []


def assert_tab_reaches_all(page: Page, controls: Locator) -> None:
    """Tab goes from the first control through all in their order; each has a name of its own and shows the focus."""
    said = controls.evaluate_all(f"nodes => nodes.map({_NAME})")
    assert all(said)
    assert len(said) == len(set(said)), said
    controls.first.focus()
    reached = []
    for _ in said:
        name, shown = page.evaluate(f"[({_NAME})(document.activeElement), ({_FOCUS})(document.activeElement)]")
        reached.append(name)
        assert shown or name == said[0], f"{name} does not show that it has the focus"  # the first got it from a script
        page.keyboard.press("Tab")
    assert reached == said


def nameless(part: Locator) -> list[str]:
    """The controls of a part of the page that have no name in the browser's accessibility tree."""
    tree = part.aria_snapshot()
    assert re.search(rf"- (?:{_ROLES}) \"", tree), tree
    return re.findall(rf"^\s*- (?:{_ROLES})\b(?! \").*$", tree, flags=re.MULTILINE)


_ROLES = "button|checkbox|combobox|link|progressbar|spinbutton|tab|textbox"
_NAME = """node => (node.getAttribute('aria-label') || node.labels?.[0]?.innerText || node.innerText || node.title || '').trim()"""
_FOCUS = """node => { const s = getComputedStyle(node);
  return s.outlineStyle !== 'none' && s.outlineWidth !== '0px' || s.boxShadow !== 'none' || node.matches('input, select, textarea'); }"""
_ACTING = """where => [...document.querySelectorAll(`${where} *`)].filter(node =>
  ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'LINK', 'META', 'BASE', 'FORM', 'MARQUEE', 'VIDEO'].includes(node.tagName.toUpperCase())
  || [...node.attributes].some(each => each.name.startsWith('on')
    || /(^|:)(href|src|srcdoc|action|formaction|data)$/.test(each.name) && /^\\s*(javascript|data:text)/i.test(each.value)))
  .map(node => node.outerHTML.slice(0, 200))"""
_CONTRAST = """where => {
  const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const over = (c, back) => c.length < 4 ? c : [0, 1, 2].map(i => c[i] * c[3] + back[i] * (1 - c[3]));
  const ground = node => { for (; node; node = node.parentElement) {
    const c = numbers(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > .5) return c; } return [255, 255, 255]; };
  return [...document.querySelectorAll(`${where} *`)]
    .filter(node => node.checkVisibility({visibilityProperty: true}) && !node.disabled && !node.closest('svg')
      && [...node.childNodes].some(each => each.nodeType === 3 && each.data.trim())).map(node => {
      const back = ground(node), front = over(numbers(getComputedStyle(node).color), back);
      const [a, b] = [light(front), light(back)];
      return {text: node.innerText.slice(0, 80), ratio: (Math.max(a, b) + .05) / (Math.min(a, b) + .05)}; });
}"""
