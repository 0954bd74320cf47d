package dev.jobqueue.examples.composer.build;

import dev.jobqueue.RawJson;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/** Manifests for tests. */
public final class Manifests {
    public static final String TEXT = "hello, image\n";
    private static final String UUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    private Manifests() {}

    /** A tree with {@code /etc/motd}, as the export {@code archive} (image.tar) and the export {@code disk} (image.ext4). */
    public static RawJson image() {
        return of(copy("/etc/motd"), tar() + "," + disk());
    }

    /** A manifest with these stages of its tree and these pipelines behind it, as they stand in JSON. */
    static RawJson of(String stages, String pipelines) {
        return RawJson.of(
                "{'version':'2','pipelines':[{'name':'tree','stages':[%s]},%s],'sources':{'org.osbuild.inline':{'items':{'%s':{'encoding':'base64','data':'%s'}}}}}"
                        .formatted(stages, pipelines, sum(), data())
                        .replace('\'', '"'));
    }

    static String copy(String path) {
        return ("{'type':'org.osbuild.mkdir','options':{'paths':[{'path':'/etc','mode':493},{'path':'/empty','mode':448}]}},"
                        + "{'type':'org.osbuild.copy','inputs':{'files':{'type':'org.osbuild.files','origin':'org.osbuild.source','references':['%s']}},"
                        + "'options':{'paths':[{'from':'input://files/%s','to':'tree://%s'}]}},"
                        + "{'type':'org.osbuild.chmod','options':{'items':{'/etc':{'mode':'0755'}}}}")
                .formatted(sum(), sum(), path);
    }

    static String tar() {
        return "{'name':'archive','stages':[{'type':'org.osbuild.tar','inputs':{'tree':{'type':'org.osbuild.tree','origin':'org.osbuild.pipeline',"
                + "'references':['name:tree']}},'options':{'filename':'image.tar'}}]}";
    }

    static String disk() {
        String devices = "'devices':{'device':{'type':'org.osbuild.loopback','options':{'filename':'image.ext4'}}}";
        return "{'name':'disk','stages':[{'type':'org.osbuild.truncate','options':{'filename':'image.ext4','size':'4194304'}},"
                + "{'type':'org.osbuild.mkfs.ext4'," + devices + ",'options':{'uuid':'" + UUID + "','label':'root'}},"
                + "{'type':'org.osbuild.copy'," + devices
                + ",'inputs':{'tree':{'type':'org.osbuild.tree','origin':'org.osbuild.pipeline','references':['name:tree']}},"
                + "'mounts':[{'name':'root','type':'org.osbuild.ext4','source':'device','target':'/'}],"
                + "'options':{'paths':[{'from':'input://tree/','to':'mount://root/'}]}}]}";
    }

    static String sum() {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(TEXT.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(sum);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String data() {
        return Base64.getEncoder().encodeToString(TEXT.getBytes(StandardCharsets.UTF_8));
    }
}
