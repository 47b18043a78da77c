import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.List;
import java.util.Map;
import com.sun.management.OperatingSystemMXBean;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.graphics.form.PDFormXObject;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationWidget;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceDictionary;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceStream;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.pdmodel.interactive.form.PDSignatureField;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * Stamps one file again and again with PDFBox 2.0 and Bouncy Castle: FILE KEY(PKCS#8 DER) RSA|EC CERTIFICATES(DER, comma) PICTURE SECONDS OUT.
 * Prints one JSON object. The picture is handed in ready, as to every peer; warm-up and measures are those of contender-process.ts.
 */
public final class PdfBoxPeer {
    private static PrivateKey key;
    private static String algorithm;
    private static List<X509Certificate> chain;
    private static byte[] picture;
    private static byte[] last;

    public static void main(String[] words) throws Exception {
        byte[] original = Files.readAllBytes(Path.of(words[0]));
        String kind = words[2];
        key = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(words[1]))));
        algorithm = kind.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        chain = new ArrayList<>();
        for (String path : words[3].split(",")) {
            try (InputStream in = Files.newInputStream(Path.of(path))) {
                chain.add((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
        }
        picture = Files.readAllBytes(Path.of(words[4]));
        double seconds = Double.parseDouble(words[5]);
        timeFor(seconds * 2, () -> last = stamp(original));
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long startedProcessor = system.getProcessCpuTime();
        long started = System.nanoTime();
        double[] times = timeFor(seconds, () -> last = stamp(original));
        double whole = (System.nanoTime() - started) / 1e9;
        double processor = (system.getProcessCpuTime() - startedProcessor) / 1e9;
        Files.write(Path.of(words[6]), last);
        byte[] toSign = new byte[200];
        double[] signing = timeFor(seconds / 5, () -> {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(toSign);
            signature.sign();
        });
        System.out.printf(java.util.Locale.ROOT,
            "{\"medianMilliseconds\":%f,\"filesPerSecond\":%f,\"filesPerProcessorSecond\":%f,\"files\":%d,\"signMilliseconds\":%f}%n",
            times[times.length / 2], times.length / whole, times.length / processor, times.length, signing[signing.length / 2]);
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Runs a step for so many seconds; what each run took, in milliseconds, sorted. */
    private static double[] timeFor(double seconds, Step step) throws Exception {
        List<Double> times = new ArrayList<>();
        for (long end = System.nanoTime() + (long) (seconds * 1e9); System.nanoTime() < end;) {
            long from = System.nanoTime();
            step.run();
            times.add((System.nanoTime() - from) / 1e6);
        }
        return times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static byte[] stamp(byte[] original) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream(original.length + 65_536);
        try (PDDocument document = PDDocument.load(original); SignatureOptions options = new SignatureOptions()) {
            PDSignature signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(COSName.getPDFName("ETSI.CAdES.detached"));
            signature.setReason("[SPESIMEN] Surat Pernyataan");
            signature.setLocation("Jakarta");
            signature.setSignDate(Calendar.getInstance());
            options.setPage(0);
            options.setPreferredSignatureSize(4096);
            options.setVisualSignature(template(document.getPage(0).getMediaBox()));
            document.addSignature(signature, PdfBoxPeer::sign, options);
            document.saveIncremental(out);
        }
        return out.toByteArray();
    }

    /** PDFBox takes the appearance from a document of its own. */
    private static InputStream template(PDRectangle size) throws Exception {
        try (PDDocument document = new PDDocument()) {
            PDPage page = new PDPage(size);
            document.addPage(page);
            PDAcroForm form = new PDAcroForm(document);
            document.getDocumentCatalog().setAcroForm(form);
            PDSignatureField field = new PDSignatureField(form);
            PDAnnotationWidget widget = field.getWidgets().get(0);
            form.setSignaturesExist(true);
            form.setAppendOnly(true);
            form.getCOSObject().setDirect(true);
            form.getFields().add(field);
            widget.setRectangle(new PDRectangle(36, 36, 100, 100));
            PDFormXObject drawing = new PDFormXObject(new PDStream(document, new ByteArrayInputStream(picture)));
            drawing.setResources(new PDResources());
            drawing.setFormType(1);
            drawing.setBBox(new PDRectangle(100, 100));
            PDAppearanceDictionary appearance = new PDAppearanceDictionary();
            appearance.getCOSObject().setDirect(true);
            appearance.setNormalAppearance(new PDAppearanceStream(drawing.getCOSObject()));
            widget.setAppearance(appearance);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.save(out);
            return new ByteArrayInputStream(out.toByteArray());
        }
    }

    private static byte[] sign(InputStream content) {
        try {
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            generator.addSignerInfoGenerator(
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                    .setSignedAttributeGenerator(PdfBoxPeer::signedAttributes)
                    .build(new JcaContentSignerBuilder(algorithm).build(key), chain.get(0)));
            generator.addCertificates(new JcaCertStore(chain));
            return generator.generate(new CMSProcessableByteArray(IOUtils.toByteArray(content)), false).getEncoded();
        } catch (Exception cause) {
            throw new IllegalStateException(Arrays.toString(cause.getStackTrace()), cause);
        }
    }

    /** What PAdES asks for: signing-certificate-v2, and no signing time (ETSI EN 319 142-1 6.3). */
    @SuppressWarnings("rawtypes")
    private static AttributeTable signedAttributes(Map parameters) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(chain.get(0).getEncoded());
            SigningCertificateV2 certificate = new SigningCertificateV2(new ESSCertIDv2(hash));
            return new DefaultSignedAttributeTableGenerator().getAttributes(parameters)
                .remove(CMSAttributes.signingTime)
                .add(PKCSObjectIdentifiers.id_aa_signingCertificateV2, certificate);
        } catch (Exception cause) {
            throw new IllegalStateException(cause);
        }
    }
}
