package dev.jobqueue.testkit.conformance;

import java.io.StringWriter;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** A report as JUnit's own are written, for build servers: a test case for each rule. */
final class JunitXml {
    private final ConformanceReport report;
    private final XMLStreamWriter xml;

    private JunitXml(ConformanceReport report, XMLStreamWriter xml) {
        this.report = report;
        this.xml = xml;
    }

    static String of(ConformanceReport report) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
            new JunitXml(report, xml).write();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("cannot write XML into memory", e);
        }
        return text + "\n";
    }

    private void write() throws XMLStreamException {
        int failed = count(Outcome.FAILED);
        int passed = count(Outcome.PASSED);
        int all = report.rules().size() + 2;
        xml.writeStartDocument("UTF-8", "1.0");
        line(0);
        xml.writeStartElement("testsuite");
        xml.writeAttribute("name", clean(report.store()));
        xml.writeAttribute("tests", Integer.toString(all));
        xml.writeAttribute("failures", Integer.toString(failed));
        xml.writeAttribute("errors", "0");
        xml.writeAttribute("skipped", Long.toString(all - failed - passed));
        for (RuleResult rule : report.rules()) {
            String messages = rule.tests().stream()
                    .filter(test -> test.outcome() == Outcome.FAILED)
                    .map(test -> test.test() + ": " + test.message())
                    .collect(Collectors.joining("\n"));
            String level = rule.level().isEmpty() ? "" : " [" + rule.level() + "]";
            testCase(rule.rule() + level + ": " + rule.title(), rule.outcome(), rule.hint(), messages, rule.reason());
        }
        suite("model suite", report.model());
        suite("histories", report.histories());
        line(0);
        xml.writeEndElement();
        xml.writeEndDocument();
    }

    private int count(Outcome outcome) {
        return report.count(outcome)
                + (report.model().outcome() == outcome ? 1 : 0)
                + (report.histories().outcome() == outcome ? 1 : 0);
    }

    private void suite(String name, TestResult suite) throws XMLStreamException {
        testCase(name, suite.outcome(), suite.title(), suite.message(), suite.message());
    }

    private void testCase(String name, Outcome outcome, String hint, String failures, String reason)
            throws XMLStreamException {
        line(2);
        boolean passed = outcome == Outcome.PASSED;
        if (passed) {
            xml.writeEmptyElement("testcase");
        } else {
            xml.writeStartElement("testcase");
        }
        xml.writeAttribute("name", clean(name));
        xml.writeAttribute("classname", clean(report.store()));
        if (passed) {
            return;
        }
        line(4);
        if (outcome == Outcome.FAILED) {
            xml.writeStartElement("failure");
            xml.writeAttribute("message", clean(hint));
            xml.writeCharacters(clean(failures));
            xml.writeEndElement();
        } else {
            xml.writeEmptyElement("skipped");
            xml.writeAttribute("message", clean(outcome.words() + (reason.isEmpty() ? "" : ": " + reason)));
        }
        line(2);
        xml.writeEndElement();
    }

    private void line(int indent) throws XMLStreamException {
        xml.writeCharacters("\n" + " ".repeat(indent));
    }

    /** Without the characters that XML 1.0 cannot have, which the JDK's writer lets pass. */
    private static String clean(String text) {
        return text.codePoints()
                .map(c ->
                        c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c != 0xFFFE && c != 0xFFFF && !surrogate(c))
                                ? c
                                : 0xFFFD)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static boolean surrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
