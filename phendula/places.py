"""Where things lie in a checkout, whatever the working directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE_DIR = ROOT / "engine"
ENGINE_PYTHON = ENGINE_DIR / ".venv" / "bin" / "python"
ENGINE_START = ENGINE_DIR / "start.py"
MODELS = ROOT / "models"
