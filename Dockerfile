# The images of docker-compose.yml; docs/deployment.md says how to build and run them.
#
#   streams      the service on CPUs: the production class path of streams-app and nothing else
#   streams-gpu  the same with TensorFlow's CUDA build (Linux x86_64)
#   tools        ./perceive: topics, sample frames, inspection, secrets of the stack

# ---- Compile once; each module's run-time jars in its target/dependency.
FROM maven:3.9.9-eclipse-temurin-17-noble AS build
# Empty for CPUs, gpu for TensorFlow's CUDA build: natives of one platform are fetched, the builder's own.
ARG PROFILE=cpu
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2,sharing=locked \
    if [ "$PROFILE" = gpu ]; then profile=-Pgpu; else profile=; fi \
    && mvn -B -ntp $profile -pl cli -am package org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies \
       -DincludeScope=runtime -Dmaven.test.skip=true -Dspotless.check.skip=true -Djacoco.skip=true \
    && for app in streams-app cli; do mkdir -p /out/$app \
       && cp $app/target/dependency/*.jar $app/target/perceive-*.jar /out/$app/; done \
    # FFmpeg stays out: images with it would have to come with the texts of its licences.
    && rm -f /out/*/ffmpeg-*-linux-*.jar

# ---- What runs needs: a JRE, one user without rights, a place for TensorFlow's natives.
FROM eclipse-temurin:17.0.15_6-jre-jammy AS runtime
RUN groupadd --gid 10001 perceive \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin perceive \
    && install -d -o perceive -g perceive /var/cache/perceive /run/perceive /run/kafka-tls
# JavaCPP unpacks TensorFlow's natives there at the first start; a volume keeps them.
ENV JAVA_TOOL_OPTIONS="-Dorg.bytedeco.javacpp.cachedir=/var/cache/perceive -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Djava.awt.headless=true -XX:+ExitOnOutOfMemoryError" \
    MALLOC_ARENA_MAX=2 \
    TF_CPP_MIN_LOG_LEVEL=2
WORKDIR /opt/perceive
COPY --from=build /src/models models
COPY --from=build /src/LICENSE /src/NOTICE ./
USER 10001:10001

FROM runtime AS streams
COPY --from=build /out/streams-app lib
ENTRYPOINT ["java", "-cp", "/opt/perceive/lib/*", "org.perceiveir.streams.PerceiveStreamsMain"]
CMD ["--config", "/etc/perceive/perceive.properties"]

FROM runtime AS tools
COPY --from=build /out/cli lib
ENTRYPOINT ["java", "-Dperceive.home=/opt/perceive", "-cp", "/opt/perceive/lib/*", "org.perceiveir.cli.Perceive"]
CMD ["--help"]

# ---- TensorFlow 2.18 is built with CUDA 12.5 and cuDNN 9.3 and wants no older ones. CUDA's 12.5 images
# have cuDNN 9.2, those of 12.6 have 9.5. Build with --build-arg PROFILE=gpu.
FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04 AS streams-gpu
COPY --from=runtime /opt/java/openjdk /opt/java/openjdk
RUN groupadd --gid 10001 perceive \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin perceive \
    && install -d -o perceive -g perceive /var/cache/perceive /run/perceive
ENV PATH=/opt/java/openjdk/bin:$PATH \
    JAVA_TOOL_OPTIONS="-Dorg.bytedeco.javacpp.cachedir=/var/cache/perceive -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Djava.awt.headless=true -XX:+ExitOnOutOfMemoryError" \
    MALLOC_ARENA_MAX=2 \
    TF_CPP_MIN_LOG_LEVEL=2
WORKDIR /opt/perceive
COPY --from=build /src/models models
COPY --from=build /src/LICENSE /src/NOTICE ./
COPY --from=build /out/streams-app lib
USER 10001:10001
ENTRYPOINT ["java", "-cp", "/opt/perceive/lib/*", "org.perceiveir.streams.PerceiveStreamsMain"]
CMD ["--config", "/etc/perceive/perceive.properties"]
