FROM python:3.11-slim

RUN pip install --no-cache-dir uv \
 && useradd --create-home --uid 10001 tricuspid \
 && install -d -o tricuspid /var/lib/tricuspid
WORKDIR /app

# The dependencies first: they change less often than the code, and stay in the cache of the build.
COPY requirements.txt .
RUN uv pip install --system --no-cache -r requirements.txt
COPY . .
RUN uv pip install --system --no-cache --no-deps .

USER tricuspid
ENV TRICUSPID_HOME=/var/lib/tricuspid
VOLUME /var/lib/tricuspid
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["tricuspid", "serve", "--host", "0.0.0.0", "--port", "8000"]
