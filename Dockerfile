# The server in an image of its own: no shell, no root, one file.
#   docker build -t carillon .
#   docker run -p 8080:8080 -v carillon:/data carillon

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -buildvcs=false -ldflags="-s -w" -o /out/carillon .
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
ENTRYPOINT ["/usr/local/bin/carillon"]
