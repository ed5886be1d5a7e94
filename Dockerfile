# GraphiQL's files, which the query page needs.
FROM node:22-slim AS web
WORKDIR /build/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --omit=dev
COPY web/copy.mjs .
RUN npm run build

FROM python:3.11-slim AS build
# Any value of `uv pip install --torch-backend`: cpu, cu132, rocm7.2, ...
ARG TORCH_BACKEND=cpu
ENV VIRTUAL_ENV=/opt/tricuspid
RUN pip install --no-cache-dir uv && uv venv --no-managed-python /opt/tricuspid
WORKDIR /build
# Dependencies first, so that a change of the code does not install them again. The pins are constraints and not
# requirements: as requirements they would install CUDA's libraries, which only the build of PyTorch for CUDA needs.
COPY pyproject.toml requirements.txt ./
RUN uv pip install --no-cache --compile-bytecode --torch-backend "$TORCH_BACKEND" \
    -c requirements.txt -r pyproject.toml --extra semantic
COPY . .
COPY --from=web /build/api/static/vendor api/static/vendor
RUN uv pip install --no-cache --compile-bytecode --no-deps . && du -sm /opt/tricuspid

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 tricuspid && install -d -o tricuspid /var/lib/tricuspid
COPY --from=build /opt/tricuspid /opt/tricuspid
USER tricuspid
WORKDIR /var/lib/tricuspid
ENV PATH=/opt/tricuspid/bin:$PATH \
    TRICUSPID_HOME=/var/lib/tricuspid \
    TRICUSPID_STORE=/var/lib/tricuspid/store
# The loops of the cohort engine are compiled when they are imported. On the same kind of processor, a container then reads
# them from the cache of its user.
RUN python -c "import cohorts.engine.kernels, cohorts.engine.row_kernels, cohorts.results.kernels"
VOLUME /var/lib/tricuspid
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["tricuspid", "serve", "--host", "0.0.0.0", "--port", "8000"]
