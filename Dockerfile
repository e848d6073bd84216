# The server in an image of its own: no shell, no root, one file.
#   docker build -t carillon .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges -p 8080:8080 -v carillon:/data carillon

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# docker build --build-arg COMMIT=$(git rev-parse HEAD) stamps the program with it.
ARG COMMIT=
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X carillon/app.revision=$COMMIT" -o /out/carillon .
RUN mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/carillon /usr/local/bin/carillon
# A new volume takes this folder's owner over, so that nonroot may write there.
COPY --from=build --chown=nonroot:nonroot /out/data /data
VOLUME /data
ENV CARILLON_LISTEN=0.0.0.0:8080 \
    CARILLON_DATABASE_URL=sqlite:/data/carillon.db
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, and not ready: a database that is away is no reason to replace the container.
HEALTHCHECK --interval=30s --timeout=10s --start-period=1m CMD ["/usr/local/bin/carillon", "doctor", "--alive"]
ENTRYPOINT ["/usr/local/bin/carillon"]
