# Three images from one file: `app` (web, worker, actions, commands), `engine` (Rasa in its own environment) and
# `trainer` (a worker with both, which trains and measures models).
#   docker build --target app -t phendula-app .      docker build --target engine -t phendula-engine .
# The steps are the make targets that a developer and CI run too.

FROM python:3.11-slim-bookworm AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends make git ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 phendula
ENV PYTHONUNBUFFERED=1 PHENDULA_ENV=production PHENDULA_LOG_FORMAT=json UV_NO_DEV=1 UV_LINK_MODE=copy
WORKDIR /srv/phendula

FROM base AS app
COPY . .
RUN make setup-app && mkdir -p var && chown -R phendula var
ENV PATH=/srv/phendula/.venv/bin:$PATH PHENDULA_HOST=0.0.0.0
USER phendula
EXPOSE 8000 5055
CMD ["phendula", "web"]

FROM base AS engine
# Rasa ends at Python 3.10; uv fetches it into a folder that the user may read.
ENV UV_PYTHON_INSTALL_DIR=/opt/python
COPY . .
RUN make setup-engine && mkdir -p var && chown -R phendula var
ENV ENGINE_HOST=0.0.0.0 RASA_TELEMETRY_ENABLED=false
USER phendula
EXPOSE 5005
CMD ["engine/.venv/bin/python", "engine/start.py", "run", "--model", "models", "--port", "5005"]

FROM engine AS trainer
USER root
RUN make setup-app
ENV PATH=/srv/phendula/.venv/bin:$PATH
USER phendula
CMD ["phendula", "worker", "--queue", "training"]
