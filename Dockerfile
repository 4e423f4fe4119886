# aevb with the CPU build of PyTorch, for a user without rights:
#
#   docker build -t aevb .
#   docker run --rm -u "$(id -u):$(id -g)" -v "$PWD:/data" aevb train-bnn data.csv
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY .ci .ci
COPY aevb_cli aevb_cli
RUN python -m venv /opt/aevb \
    && /opt/aevb/bin/pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu 'torch~=2.13.0' \
    && /opt/aevb/bin/pip install --no-cache-dir .

FROM python:3.13-slim
RUN useradd --create-home --uid 1000 aevb && mkdir /data && chown aevb /data
COPY --from=build /opt/aevb /opt/aevb
ENV PATH=/opt/aevb/bin:$PATH
USER aevb
WORKDIR /data
ENTRYPOINT ["aevb"]
CMD ["--help"]
