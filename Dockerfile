# The gateway as a container: built from the locked requirements, run as a user without rights.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/gateway
COPY requirements/build.txt requirements/run.txt requirements/
RUN /opt/gateway/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: \
        -r requirements/build.txt -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY adapters adapters
COPY mappings mappings
RUN /opt/gateway/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation --no-index . \
    && /opt/gateway/bin/python -m pip uninstall --yes setuptools wheel

FROM python:3.12-slim
RUN groupadd --gid 10001 gateway \
    && useradd --uid 10001 --gid gateway --no-create-home --home-dir /var/lib/gateway --shell /usr/sbin/nologin gateway \
    && install --directory --owner=gateway --group=gateway --mode=0700 /var/lib/gateway
COPY --from=build /opt/gateway /opt/gateway
ENV PATH=/opt/gateway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GATEWAY_DATA_DIR=/var/lib/gateway
USER gateway
WORKDIR /var/lib/gateway
VOLUME /var/lib/gateway
EXPOSE 8080
# Over TLS when a certificate is configured; its name is not checked, since this only asks the loopback.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-c", \
    "import os, ssl, urllib.request; tls = 'GATEWAY_TLS_CERT' in os.environ; urllib.request.urlopen(f\"http{'s' * tls}://127.0.0.1:8080/health/live\", timeout=4, context=ssl._create_unverified_context() if tls else None)"]
ENTRYPOINT ["gateway"]
CMD ["serve", "--bind", "0.0.0.0:8080"]
