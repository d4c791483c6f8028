# The service with its pages and models, as a user without rights. Build: docker build -t docextract .
FROM python:3.11-slim-bookworm AS build
# kenlm is compiled when it is installed. The compiler stays behind, whatever its version is.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ cmake \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN python -m venv /opt/docextract \
    && /opt/docextract/bin/pip install --no-cache-dir ".[web]" "pg8000>=1.30"

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home docextract \
    && install -d -o docextract -g docextract /data
COPY --from=build /opt/docextract /opt/docextract
ENV PATH=/opt/docextract/bin:$PATH PYTHONUNBUFFERED=1
# By its number: where only such may run, a name does not tell that it is not root.
USER 10001
WORKDIR /home/docextract
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s CMD ["python", "-c", \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:5000/readyz', timeout=2)"]
# A file of keys has to be mounted: docextract keys new NAME --file keys.json
CMD ["docextract", "serve", "--host", "0.0.0.0", "--data", "/data", "--keys", "/keys.json"]
